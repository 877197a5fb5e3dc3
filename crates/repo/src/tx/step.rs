//! A part of a transaction that happens wholly or not at all.

use super::WriteTx;
use super::error::DatabaseError;

impl WriteTx {
    /// Does `work`. If it fails, nothing of what it wrote remains, and what was written before it
    /// does.
    pub(crate) fn step<T, E: From<DatabaseError>>(
        &self,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.execute("begin a step", "SAVEPOINT step", [])?;
        let done = work();
        if done.is_ok() {
            self.execute("end a step", "RELEASE step", [])?;
        } else {
            self.undo_step();
        }
        done
    }

    /// Takes a step back, or the whole transaction if that fails too: a transaction that has ended
    /// takes no more statements.
    fn undo_step(&self) {
        // What was expanded may have been expanded from what is gone now.
        self.forget_contents();
        let doing = "undo a step";
        let undone = self.execute(doing, "ROLLBACK TO step", []);
        let undone = undone.and_then(|_| self.execute(doing, "RELEASE step", []));
        if undone.is_err() {
            // If not even this is done, SQLite has ended the transaction by itself.
            drop(self.execute_all(doing, "ROLLBACK"));
        }
    }
}
