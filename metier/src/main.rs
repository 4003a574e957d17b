//! The only executable of Metier.

fn main() {}
