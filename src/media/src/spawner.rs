//! One thread that starts all children.
//!
//! The kernel sends a child's death signal when the *thread* that started it ends, not the process. Threads of a pool come and go; this one
//! lives as long as the process.

use std::io;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};

struct Order {
    command: Command,
    answer: Sender<io::Result<Child>>,
}

static ORDERS: OnceLock<Mutex<Option<Sender<Order>>>> = OnceLock::new();

/// Starts `command` from the spawner thread.
pub(crate) fn spawn(command: Command) -> io::Result<Child> {
    let (answer, outcome) = channel();
    {
        let orders = ORDERS.get_or_init(|| Mutex::new(None));
        let mut orders = orders.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = match orders.as_ref() {
            Some(sender) => sender.clone(),
            None => {
                let (sender, receiver) = channel();
                std::thread::Builder::new().name("media-spawner".into()).spawn(move || work(&receiver))?;
                *orders = Some(sender.clone());
                sender
            }
        };
        sender.send(Order { command, answer }).map_err(|_| gone())?;
    }
    outcome.recv().map_err(|_| gone())?
}

fn work(orders: &Receiver<Order>) {
    for mut order in orders {
        let outcome = order.command.spawn();
        if let Err(std::sync::mpsc::SendError(Ok(mut orphan))) = order.answer.send(outcome) {
            // nobody waits any more
            let _ = orphan.kill();
            let _ = orphan.wait();
        }
    }
}

fn gone() -> io::Error {
    io::Error::other("the thread that starts readers has ended")
}
