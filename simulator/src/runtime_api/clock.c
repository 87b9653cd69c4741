/* The scenario's clock, for the compiled bootstrap.
 *
 * The simulator builds this with `cc` and preloads it (LD_PRELOAD) into the process it tests: the wall clock is then the
 * number of seconds in the file that SIMULATED_CLOCK names. The monotonic clock, and so every wait, stays real. Nothing
 * of this is in the shipped binary, which has no way to be given another clock.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    const char *path = clock == CLOCK_REALTIME ? getenv("SIMULATED_CLOCK") : NULL;
    if (path != NULL) {
        char text[32] = {0};
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file >= 0) {
            ssize_t length = read(file, text, sizeof text - 1);
            close(file);
            if (length > 0) {
                now->tv_sec = (time_t)strtoll(text, NULL, 10);
                now->tv_nsec = 0;
                return 0;
            }
        }
    }
    return (int)syscall(SYS_clock_gettime, clock, now);
}
