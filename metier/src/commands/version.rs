//! `metier version`.

use std::process::ExitCode;

use super::print;

/// Prints the version.
pub fn show() -> anyhow::Result<ExitCode> {
    print(concat!("metier ", env!("CARGO_PKG_VERSION")))?;
    Ok(ExitCode::SUCCESS)
}
