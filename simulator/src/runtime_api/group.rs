//! A process and everything that it starts, ended together: a wrapper script's children outlive it otherwise.

#[cfg(unix)]
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

/// The group of a process. It ends with this.
pub(super) struct Group {
    #[cfg(unix)]
    leader: Option<Pid>,
}

impl Group {
    /// Lets a command begin a group of its own.
    pub(super) fn begin(command: &mut Command) {
        #[cfg(unix)]
        command.process_group(0);
        #[cfg(not(unix))]
        let _alone = command;
    }

    /// The group of a process that began one, and that nobody has waited for.
    #[cfg_attr(not(unix), allow(unused_variables, reason = "there are no groups"))]
    pub(super) fn of(child: &Child) -> Self {
        Self {
            #[cfg(unix)]
            leader: child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw),
        }
    }

    /// Ends all of them at once.
    pub(super) fn end(&mut self) {
        #[cfg(unix)]
        if let Some(leader) = self.leader.take() {
            // They may have ended by themselves.
            let _ended = kill_process_group(leader, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}
