//! One newtype per kind of id, so that a campaign's id never lands where an account's belongs.

pub mod token;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new random id (UUID v4).
            #[expect(clippy::new_without_default, reason = "a random value is no default")]
            pub fn new() -> Self {
                Self(Uuid::new_v4())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

uuid_id! {
    /// A person who may sign in.
    AccountId,
    /// A session of an account.
    SessionId,
    /// A freelancer; the same UUID as their account's.
    FreelancerId,
    /// A campaign.
    CampaignId,
    /// A freelancer's seat in a shift.
    BookingId,
    /// One undoable step of planning.
    BatchId,
    /// A file of the store; also its object's key.
    BlobId,
    /// A key that locks the files of a person.
    KeyId,
    /// A copy of somebody's own data.
    DataCopyId,
    /// An upload in progress.
    UploadId,
    /// A person who applies; the same UUID as their account's.
    ApplicantId,
    /// One person's application to one posting.
    ApplicationId,
    /// A version of a posting's questions.
    QuestionSetId,
    /// A question of a set.
    QuestionId,
    /// A slot for an interview.
    SlotId,
    /// A chosen slot.
    InterviewId,
    /// A visitor's message.
    MessageId,
    /// A freelancer's paper.
    DocumentId,
    /// A version of a campaign's contract papers.
    ContractVersionId,
    /// A course of a campaign.
    CourseId,
    /// A link or a file of a course.
    MaterialId,
    /// A run of a course, with seats.
    TrainingDateId,
    /// A day of a training date.
    TrainingDayId,
    /// A person's place in a training date, or on its waiting list.
    EnrolmentId,
    /// A version of the privacy briefing.
    BriefingId,
    /// A question of a briefing's quiz.
    BriefingQuestionId,
    /// A system that a campaign's people get access to.
    SystemId,
    /// A plan for the end of a campaign.
    EndingId,
    /// A legal hold on a person's data.
    HoldId,
}

macro_rules! bigint_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

bigint_id! {
    /// A shift. A bigint, since it stands in every row of the plan page.
    ShiftId,
    /// Something that the leftover check found.
    FindingId,
}

impl From<AccountId> for ApplicantId {
    fn from(id: AccountId) -> Self {
        Self(id.0)
    }
}

impl From<ApplicantId> for AccountId {
    fn from(id: ApplicantId) -> Self {
        Self(id.0)
    }
}

impl From<AccountId> for FreelancerId {
    fn from(id: AccountId) -> Self {
        Self(id.0)
    }
}

impl From<FreelancerId> for AccountId {
    fn from(id: FreelancerId) -> Self {
        Self(id.0)
    }
}
