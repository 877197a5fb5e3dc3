//! Making public what was private, and private what was public.

use outcrop_format::envelope;

use crate::id::Rid;
use crate::tx::{DatabaseError, WriteTx};

impl WriteTx {
    /// Lets everyone see an artifact that was private.
    ///
    /// What is public may not be stored as a delta against what is private: those who get the one
    /// could not read it without the other. So it is stored whole then.
    pub fn publish(&self, rid: Rid) -> Result<(), DatabaseError> {
        if !self.is_private(rid.get())? {
            return Ok(());
        }
        self.make_public(rid)?;
        let source = self.blob(rid)?.and_then(|row| row.source);
        let from_private = source.map_or(Ok(false), |source| self.is_private(source.get()))?;
        if from_private { self.store_alone(rid) } else { Ok(()) }
    }

    /// Keeps an artifact from those who may not see what is private.
    pub(crate) fn make_hidden(&self, rid: Rid) -> Result<(), DatabaseError> {
        self.hide(rid)?;
        for delta in self.deltas_of(rid)? {
            if !self.is_private(delta.get())? {
                self.store_alone(delta)?;
            }
        }
        Ok(())
    }

    /// Stores an artifact whole, if it is here.
    fn store_alone(&self, rid: Rid) -> Result<(), DatabaseError> {
        if !self.is_beside()
            && let Ok(content) = self.content(rid)
            && let Ok(sealed) = envelope::seal(&content)
        {
            self.store_whole(rid, &sealed)?;
        }
        Ok(())
    }
}
