//! Reading the small languages of a document: a cursor over a text that tells where and why it stopped.

/// Where a text is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at character {position}")]
pub struct Mistake {
    /// Counted from 1.
    pub position: usize,
    /// What is wrong there.
    pub message: String,
}

/// A text that is read from its front.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// From a byte position, which is a boundary of characters.
    pub(super) fn from(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Steps over `token` if it comes next.
    pub(super) fn take(&mut self, token: &str) -> bool {
        let comes = self.rest().starts_with(token);
        if comes {
            self.at += token.len();
        }
        comes
    }

    /// Steps over a whole word if it comes next.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let follows = self.rest().strip_prefix(word).map(|rest| rest.chars().next());
        match follows {
            Some(next) if !next.is_some_and(is_word) => self.take(word),
            _ => false,
        }
    }

    /// The characters that come next and are of this sort.
    pub(super) fn while_of(&mut self, of: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|character| !of(character)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// A name: a letter, then letters, digits, `_` and `-`.
    pub(super) fn word(&mut self) -> Option<&'a str> {
        let starts = self.peek().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
        starts.then(|| self.while_of(is_word))
    }

    /// A text in single or double quotes; a backslash keeps the next character as it is.
    pub(super) fn quoted(&mut self) -> Result<String, Mistake> {
        let Some(quote) = self.peek().filter(|quote| ['"', '\''].contains(quote)) else {
            return Err(self.mistake("expected a text in quotes"));
        };
        let mut text = String::new();
        let mut is_escaped = false;
        for (offset, character) in self.rest().char_indices().skip(1) {
            match character {
                _ if is_escaped => {
                    text.push(character);
                    is_escaped = false;
                }
                '\\' => is_escaped = true,
                _ if character == quote => {
                    self.at += offset + character.len_utf8();
                    return Ok(text);
                }
                _ => text.push(character),
            }
        }
        Err(self.mistake("a text in quotes does not end"))
    }

    pub(super) fn expect(&mut self, token: &str) -> Result<(), Mistake> {
        if self.take(token) { Ok(()) } else { Err(self.mistake(format!("expected {token:?}"))) }
    }

    pub(super) fn expect_end(&mut self) -> Result<(), Mistake> {
        self.skip_space();
        if self.rest().is_empty() {
            return Ok(());
        }
        Err(self.mistake(format!("did not expect {:?}", self.rest().chars().take(20).collect::<String>())))
    }

    pub(super) fn mistake(&self, message: impl Into<String>) -> Mistake {
        let before = self.text.get(..self.at).unwrap_or_default();
        Mistake { position: before.chars().count() + 1, message: message.into() }
    }
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == '-'
}
