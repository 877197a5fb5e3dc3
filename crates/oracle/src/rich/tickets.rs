//! Tickets and attachments.

use super::{
    Fate, Kind,
    cards::Cards,
    world::{World, stamp},
};
use crate::digest;

/// A ticket table with columns of its own, as `ticket-table` has it.
pub(super) const TABLE: &str = "\
CREATE TABLE ticket(
  tkt_id INTEGER PRIMARY KEY,
  tkt_uuid TEXT UNIQUE,
  tkt_mtime DATE,
  tkt_ctime DATE,
  type TEXT,
  status TEXT,
  severity TEXT,
  resolution TEXT,
  title TEXT,
  comment TEXT,
  colour TEXT DEFAULT 'none',
  mimetype TEXT
);
CREATE TABLE ticketchng(
  tkt_id INTEGER REFERENCES ticket,
  tkt_rid INTEGER REFERENCES blob,
  tkt_mtime DATE,
  tkt_user TEXT,
  login TEXT,
  username TEXT,
  mimetype TEXT,
  icomment TEXT,
  effort REAL
);
CREATE INDEX ticketchng_idx1 ON ticketchng(tkt_id, tkt_mtime);
";

const FIELDS: &[&str] = &[
    "type",
    "status",
    "subsystem",
    "priority",
    "severity",
    "foundin",
    "private_contact",
    "resolution",
    "title",
    "comment",
    "login",
    "username",
    "icomment",
    "colour",
    "effort",
    "nosuchfield",
    "+comment",
    "+title",
    "+nosuchfield",
    "+icomment",
];

impl World {
    /// Makes one change of a ticket.
    pub(super) fn ticket(&mut self) {
        if self.random.one_in(5) {
            let id = self.made_up();
            self.tickets.push((id[..40].to_owned(), 0));
        }
        let at = self.random.below(self.tickets.len());
        let (id, last) = self.tickets[at].clone();
        let mut cards = Cards::default();
        let (date, user) = (self.date(last), self.user());
        self.tickets[at].1 = date;
        cards.plain('D', &[&stamp(date)]).plain('K', &[&id]).text('U', user);
        let mut fields: Vec<&str> = FIELDS.to_vec();
        self.random.shuffle(&mut fields);
        fields.truncate(1 + self.random.below(6));
        if self.random.one_in(3) {
            fields.push("mimetype");
        }
        for field in fields {
            let value = match field {
                "status" => (*self.random.pick(&["Open", "Closed", "Fixed", ""])).to_owned(),
                "resolution" => (*self.random.pick(&["Open", "Fixed", "Rejected"])).to_owned(),
                "mimetype" => {
                    let kinds = ["text/plain", "text/x-markdown", "text/x-fossil-wiki"];
                    (*self.random.pick(&kinds)).to_owned()
                }
                "effort" => self.random.below(90).to_string(),
                "private_contact" => digest::sha1(b"someone"),
                _ => self.words(true),
            };
            cards.field(field, &value);
        }
        self.add(cards.finish(), Kind::Ticket, Fate::Kept, None);
    }

    /// Attaches a file, replaces it, or takes it away.
    pub(super) fn attachment(&mut self) {
        let again = !self.attached.is_empty() && self.random.one_in(2);
        let (file, target) = if again {
            self.random.pick(&self.attached).clone()
        } else {
            let target = match self.random.below(3) {
                0 => self.wikis[self.random.below(self.wikis.len())].id.clone(),
                1 => self.random.pick(&self.tickets).0.clone(),
                _ => self.technotes[self.random.below(self.technotes.len())].id.clone(),
            };
            let names = ["picture.png", "a file.txt", "größe.svg", "x[1].bin"];
            ((*self.random.pick(&names)).to_owned(), target)
        };
        let mut cards = Cards::default();
        let of_technote = self.technotes.iter().any(|note| note.id == target);
        let may_go = again && (!of_technote || self.shape.technote_deletions);
        let source =
            if may_go && self.random.one_in(2) { String::new() } else { self.new_file(Fate::Kept) };
        cards.attachment(&file, &target, &source);
        let date = self.tick();
        cards.plain('D', &[&stamp(date)]);
        if self.random.one_in(2) {
            let comment = self.words(false);
            cards.text('C', &comment);
        }
        if !self.random.one_in(6) {
            let user = self.user();
            cards.text('U', user);
        }
        if self.random.one_in(6) {
            cards.plain('N', &["text/plain"]);
        }
        self.add(cards.finish(), Kind::Attachment, Fate::Kept, None);
        self.attached.push((file, target));
    }
}
