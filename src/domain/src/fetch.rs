//! Bytes that the service fetches from an address itself, and what it saw on the way: part of the evidence on the submission that they become.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::coded_enum;
use crate::hash::Sha256;
use crate::language::Text;

coded_enum! {
    /// Where a fetch stands. It goes back from `fetching` to `queued` when another try may help; from the last three nowhere.
    pub enum FetchState {
        /// It waits for its turn, or for another try.
        Queued = "queued",
        /// Bytes are coming.
        Fetching = "fetching",
        /// The bytes became a submission.
        Done = "done",
        /// It did not work, with the reason.
        Failed = "failed",
        /// Whoever asked for it took it back.
        Cancelled = "cancelled",
    }
}

impl FetchState {
    /// Whether nothing more will happen.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }

    /// The state in words.
    pub const fn text(self) -> Text {
        match self {
            Self::Queued => Text { ru: "в очереди", en: "queued" },
            Self::Fetching => Text { ru: "скачивается", en: "being fetched" },
            Self::Done => Text { ru: "скачано", en: "fetched" },
            Self::Failed => Text { ru: "не удалось", en: "failed" },
            Self::Cancelled => Text { ru: "отменено", en: "cancelled" },
        }
    }
}

/// One address on the way to the bytes, and how it answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FetchHop {
    /// The address that was asked.
    pub url: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The IP address that was connected to.
    #[schema(value_type = Option<String>)]
    pub ip: Option<IpAddr>,
}

/// What a post says about its clip, as far as the post itself shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PostFacts {
    /// Its title.
    pub title: Option<String>,
    /// The channel or page that it stands on.
    pub uploader: Option<String>,
    /// The day it was put up, `YYYY-MM-DD`.
    pub uploaded_on: Option<String>,
}

/// What was seen while the bytes were fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FetchEvidence {
    /// Every address that was asked, in order; the last one gave the bytes.
    pub hops: Vec<FetchHop>,
    /// The address that gave the bytes; for a post, the post's own.
    pub final_url: String,
    /// `Content-Type` of the answer.
    pub content_type: Option<String>,
    /// `Content-Length` of the answer to a request for the whole.
    pub content_length: Option<u64>,
    /// `Last-Modified` as the server wrote it.
    pub last_modified: Option<String>,
    /// `ETag` as the server wrote it.
    pub etag: Option<String>,
    /// Name of the file: that of `Content-Disposition`, else the last part of the address.
    pub file_name: Option<String>,
    /// SHA-256 of the bytes.
    pub sha256: Sha256,
    /// Length in bytes.
    pub size_bytes: u64,
    /// How many times the connection broke off and was taken up again where it had stopped.
    pub resumed: u32,
    /// When the last byte had come.
    #[schema(value_type = String, format = DateTime)]
    pub fetched_at: Timestamp,
    /// What fetched them and in which version: `direct` or `yt-dlp 2026.01.01`.
    pub tool: String,
    /// For a post, what it says.
    pub post: Option<PostFacts>,
}
