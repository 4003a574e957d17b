//! The ways in which one installation can be laid out, and the tests that hold in all of them.

/// Which services share a process, and on which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topology {
    /// One process, SQLite.
    AllInOneSqlite,
    /// One process, PostgreSQL.
    AllInOnePostgres,
    /// A process for each service and each source plugin, PostgreSQL.
    SplitPostgres,
}

impl Topology {
    pub const ALL: [Self; 3] = [Self::AllInOneSqlite, Self::AllInOnePostgres, Self::SplitPostgres];

    /// The module in which [`system_tests`] puts the tests of this topology.
    pub const fn module(self) -> &'static str {
        match self {
            Self::AllInOneSqlite => "sqlite",
            Self::AllInOnePostgres => "postgres",
            Self::SplitPostgres => "split",
        }
    }

    /// Whether every service runs in a process of its own.
    pub fn is_split(self) -> bool {
        self == Self::SplitPostgres
    }
}

/// Makes a test in every topology of each function `async fn name(topology: Topology)`: `sqlite::name`,
/// `postgres::name` and `split::name`, in the module where it is called.
macro_rules! system_tests {
    ($($test:ident),+ $(,)?) => {
        $crate::platform::system_tests!(sqlite = AllInOneSqlite: $($test)+);
        $crate::platform::system_tests!(postgres = AllInOnePostgres: $($test)+);
        $crate::platform::system_tests!(split = SplitPostgres: $($test)+);
    };
    ($module:ident = $topology:ident: $($test:ident)+) => {
        mod $module {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    super::$test($crate::platform::Topology::$topology).await;
                }
            )+
        }
    };
}

pub(crate) use system_tests;
