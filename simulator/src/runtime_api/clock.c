/* The scenario's clock, for the compiled bootstrap.
 *
 * The simulator builds this with `cc` and preloads it (LD_PRELOAD) into the process it tests. The wall clock is then the
 * number of seconds in the file that SIMULATED_CLOCK names. Pauses take no time: when the process waits for nothing but a timer,
 * the monotonic clock is moved on to it. It waits for something else, and in real time, as long as a request that it has sent is
 * not answered; so a limit on how long an answer may take is as long as ever, and a process that hangs still hangs.
 *
 * Nothing of this is in the shipped binary, which has no way to be given another clock.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define NANOSECONDS 1000000000LL
/* What was sent within this machine has arrived after so many milliseconds. */
#define ON_ITS_WAY 1

/* What of the sockets is known, by their descriptors. */
enum { NO_SOCKET, QUIET, WAITING };
#define DESCRIPTORS 4096
static unsigned char sockets[DESCRIPTORS];
static int waiting;
/* How much of the monotonic clock was left out. */
static long long left_out;

static void becomes(int descriptor, unsigned char state) {
    if (descriptor < 0 || descriptor >= DESCRIPTORS) return;
    unsigned char before = __atomic_exchange_n(&sockets[descriptor], state, __ATOMIC_SEQ_CST);
    int more = (state == WAITING) - (before == WAITING);
    if (more != 0) __atomic_add_fetch(&waiting, more, __ATOMIC_SEQ_CST);
}

static int is_socket(int descriptor) {
    return descriptor >= 0 && descriptor < DESCRIPTORS
        && __atomic_load_n(&sockets[descriptor], __ATOMIC_SEQ_CST) != NO_SOCKET;
}

static ssize_t sent(int descriptor, ssize_t length) {
    if (length > 0 && is_socket(descriptor)) becomes(descriptor, WAITING);
    return length;
}

static ssize_t received(int descriptor, ssize_t length) {
    int nothing_yet = length < 0 && (errno == EAGAIN || errno == EINTR);
    if (!nothing_yet && is_socket(descriptor)) becomes(descriptor, QUIET);
    return length;
}

int socket(int domain, int type, int protocol) {
    int descriptor = (int)syscall(SYS_socket, domain, type, protocol);
    if (domain == AF_INET || domain == AF_INET6) becomes(descriptor, QUIET);
    return descriptor;
}

int connect(int descriptor, const struct sockaddr *to, socklen_t length) {
    int answer = (int)syscall(SYS_connect, descriptor, to, length);
    if (answer < 0 && errno == EINPROGRESS && is_socket(descriptor)) becomes(descriptor, WAITING);
    return answer;
}

/* How a connection that was in progress is asked about. */
int getsockopt(int descriptor, int level, int name, void *value, socklen_t *length) {
    int answer = (int)syscall(SYS_getsockopt, descriptor, level, name, value, length);
    if (level == SOL_SOCKET && name == SO_ERROR && is_socket(descriptor)) becomes(descriptor, QUIET);
    return answer;
}

int close(int descriptor) {
    becomes(descriptor, NO_SOCKET);
    return (int)syscall(SYS_close, descriptor);
}

ssize_t send(int descriptor, const void *bytes, size_t length, int flags) {
    return sent(descriptor, syscall(SYS_sendto, descriptor, bytes, length, flags, NULL, 0));
}

ssize_t write(int descriptor, const void *bytes, size_t length) {
    return sent(descriptor, syscall(SYS_write, descriptor, bytes, length));
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    return sent(descriptor, syscall(SYS_writev, descriptor, parts, count));
}

ssize_t recv(int descriptor, void *bytes, size_t length, int flags) {
    return received(descriptor, syscall(SYS_recvfrom, descriptor, bytes, length, flags, NULL, NULL));
}

ssize_t read(int descriptor, void *bytes, size_t length) {
    return received(descriptor, syscall(SYS_read, descriptor, bytes, length));
}

ssize_t readv(int descriptor, const struct iovec *parts, int count) {
    return received(descriptor, syscall(SYS_readv, descriptor, parts, count));
}

static int wait_for_events(int poll, struct epoll_event *events, int most, int timeout_ms) {
    return (int)syscall(SYS_epoll_pwait, poll, events, most, timeout_ms, NULL, 0);
}

int epoll_wait(int poll, struct epoll_event *events, int most, int timeout_ms) {
    if (timeout_ms <= ON_ITS_WAY || __atomic_load_n(&waiting, __ATOMIC_SEQ_CST) > 0)
        return wait_for_events(poll, events, most, timeout_ms);
    int found = wait_for_events(poll, events, most, ON_ITS_WAY);
    if (found == 0) __atomic_add_fetch(&left_out, (timeout_ms - ON_ITS_WAY) * (NANOSECONDS / 1000), __ATOMIC_SEQ_CST);
    return found;
}

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
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (failed == 0 && clock == CLOCK_MONOTONIC) {
        long long at = now->tv_nsec + __atomic_load_n(&left_out, __ATOMIC_SEQ_CST);
        now->tv_sec += at / NANOSECONDS;
        now->tv_nsec = at % NANOSECONDS;
    }
    return failed;
}
