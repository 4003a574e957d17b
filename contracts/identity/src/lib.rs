//! What other services know of people, keys and tokens.
