//! The contract as types: what travels between Metier and a source plugin, and nothing else.
//!
//! Both sides read these. A value that is not known stays absent: no invented date, place or salary.

mod health;
mod legacy;
pub mod limits;
mod posting;
mod problem;
mod sync;
mod validate;

pub use health::{CONTRACT, Health};
pub use legacy::{JobPost, JobsReply, SyncReply};
pub use posting::{
    Description, EmploymentType, ExperienceLevel, Location, Occupation, Posting, Remote, Salary,
    SalaryPeriod, Skills, TextFormat,
};
pub use problem::Problem;
pub use sync::{End, Frame, FrameError, SyncRequest};
pub use validate::Violation;
