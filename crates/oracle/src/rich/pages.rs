//! Wiki pages, technotes and forum posts.

use super::{
    Fate, Kind,
    cards::Cards,
    world::{Page, World, stamp},
};

impl World {
    /// Makes one version of a wiki page.
    pub(super) fn wiki(&mut self) {
        if self.random.one_in(6) {
            let id = format!("Page {}", self.wikis.len());
            self.wikis.push(Page { id, ..Page::default() });
        }
        let at = self.random.below(self.wikis.len());
        let page = self.wikis[at].clone();
        let mut cards = Cards::default();
        let (date, user) = (self.date(page.last), self.user());
        self.wikis[at].last = date;
        cards.plain('D', &[&stamp(date)]).text('L', &page.id).text('U', user);
        self.page_text(&mut cards);
        if self.random.one_in(4) {
            cards.text('C', "a remark");
        }
        let kin = self.follow(&mut cards, &page);
        let name = self.add(cards.finish(), Kind::Wiki, Fate::Kept, kin.as_deref());
        self.wikis[at].versions.push(name);
    }

    /// A body of any length, none too, and what kind of text it is.
    fn page_text(&mut self, cards: &mut Cards) {
        match self.random.below(4) {
            0 => cards.plain('N', &["text/x-markdown"]),
            1 => cards.plain('N', &["text/plain"]),
            _ => cards,
        };
        let text = match self.random.below(7) {
            0 => String::new(),
            1 => "  \n leading space".to_owned(),
            _ => (0..=self.random.below(5)).map(|_| self.words(true) + "\n").collect(),
        };
        cards.body(&text);
    }

    /// Names the version that comes before, or two that do, or none; answers the first.
    fn follow(&mut self, cards: &mut Cards, page: &Page) -> Option<String> {
        let last = page.versions.last()?.clone();
        if self.shape.equal_dates && self.random.one_in(6) {
            return None;
        }
        let other = self.random.pick(&page.versions).clone();
        if other != last && self.random.one_in(4) {
            cards.plain('P', &[&last, &other]);
        } else {
            cards.plain('P', &[&last]);
        }
        Some(last)
    }

    /// Makes one version of a technote.
    pub(super) fn technote(&mut self) {
        if self.random.one_in(5) {
            let id = self.made_up();
            self.technotes.push(Page { id, ..Page::default() });
        }
        let at = self.random.below(self.technotes.len());
        if self.technotes[at].event == 0 || self.random.one_in(4) {
            self.technotes[at].event = self.any_date();
        }
        let note = self.technotes[at].clone();
        let mut cards = Cards::default();
        let (date, comment) = (self.date(note.last), self.words(true));
        self.technotes[at].last = date;
        cards.plain('D', &[&stamp(date)]).plain('E', &[&stamp(note.event), &note.id]);
        cards.text('C', &comment);
        if !self.random.one_in(6) {
            let user = self.user();
            cards.text('U', user);
        }
        if self.random.one_in(3) {
            cards.tag("+sym-news", "*", None);
            cards.tag("+bgcolor", "*", Some("#fedcba"));
        }
        self.page_text(&mut cards);
        let kin = self.follow(&mut cards, &note);
        let name = self.add(cards.finish(), Kind::Technote, Fate::Kept, kin.as_deref());
        self.technotes[at].versions.push(name);
    }

    /// Makes one forum post: a thread, a reply, an edit, a deletion.
    pub(super) fn post(&mut self) {
        let mut cards = Cards::default();
        let (date, user) = (self.tick(), self.user());
        cards.plain('D', &[&stamp(date)]).text('U', user);
        if self.posts.is_empty() || self.random.one_in(4) {
            let title = format!("Thread {}: {}", self.posts.len(), self.words(false));
            cards.text('H', &title);
            self.page_text(&mut cards);
            let name = self.add(cards.finish(), Kind::Post, Fate::Kept, None);
            let page = Page { title, root: name.clone(), versions: vec![name], ..Page::default() };
            self.posts.push(page);
            return;
        }
        let at = self.random.below(self.posts.len());
        let mut page = self.posts[at].clone();
        let last = page.versions[page.versions.len() - 1].clone();
        cards.plain('G', &[&page.root]);
        if self.random.one_in(2) {
            page = Page { root: page.root, reply_to: last.clone(), ..Page::default() };
            cards.plain('I', &[&last]);
            self.page_text(&mut cards);
            let name = self.add(cards.finish(), Kind::Post, Fate::Kept, None);
            page.versions.push(name);
            self.posts.push(page);
            return;
        }
        cards.plain('P', &[&last]);
        if page.reply_to.is_empty() {
            if self.shape.forum_titles && self.random.one_in(2) {
                page.title = self.words(false);
            }
            if !(self.shape.forum_titles && self.random.one_in(4)) {
                cards.text('H', &page.title);
            }
        } else {
            cards.plain('I', &[&page.reply_to]);
        }
        self.page_text(&mut cards);
        let name = self.add(cards.finish(), Kind::Post, Fate::Kept, Some(&last));
        page.versions.push(name);
        self.posts[at] = page;
    }
}
