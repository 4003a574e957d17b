//! A plugin's settings, from its flags and its environment alike.

use std::ffi::OsString;

use clap::{Args, Command};

/// Why a plugin's settings do not read.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A flag or variable is unknown, missing or malformed. Its text says which, and shows the usage.
    #[error(transparent)]
    Flags(#[from] clap::Error),
    /// The settings read but cannot work.
    #[error("{setting} {reason}")]
    Unusable {
        /// The setting's flag or variable.
        setting: &'static str,
        /// What is wrong with it, and what to do.
        reason: String,
    },
}

/// Reads a plugin's settings: `args` are its own flags, without a program name; what they leave out comes from
/// the environment variables that the settings name.
pub fn settings<A: Args>(
    plugin: &'static str,
    args: impl IntoIterator<Item = OsString>,
) -> Result<A, SettingsError> {
    let command = A::augment_args(Command::new(plugin).no_binary_name(true));
    let matches = command.try_get_matches_from(args)?;
    Ok(A::from_arg_matches(&matches)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Args)]
    struct Mine {
        /// What to look for.
        #[arg(long, default_value = "everything")]
        query: String,
    }

    #[test]
    fn flags_are_read_without_a_program_name() {
        let mine: Mine = settings("mine", ["--query".into(), "barnmorska".into()]).unwrap();
        assert_eq!(mine.query, "barnmorska");
        assert_eq!(settings::<Mine>("mine", []).unwrap().query, "everything");
    }

    #[test]
    fn an_unknown_flag_is_named() {
        let error = settings::<Mine>("mine", ["--colour".into()]).unwrap_err();
        assert!(error.to_string().contains("--colour"), "{error}");
    }
}
