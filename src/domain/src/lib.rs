//! The words of the trade. No I/O, no async, no clock of its own.
//!
//! - [`id`]: identifiers and where new ones come from
//! - [`clock`]: where the time comes from
//! - [`hash`]: SHA-256 and BLAKE3 digests as types
//! - [`language`]: Russian and English texts side by side
//! - [`error_code`]: stable codes that a user may see, with both texts
//! - [`reason`]: why a method abstained or does not apply, and what would help
//! - [`likelihood`]: calibrated log10 likelihood ratios and the verbal scale
//! - [`media`]: what is known of a media item: container, size, quality
//! - [`finding`]: what one method says of one item
//! - [`analysis`]: the versioned report that collects findings
//! - [`people`]: organisations, users, roles
//! - [`submission`]: what was handed in, and what became of it
//! - [`verdict`]: what people decided
//! - [`case`]: the file on one media item, from first sight to approval
//! - [`notice`]: refutation notices
//! - [`delivery`]: ways out of the service
//! - [`search`]: how text is folded and found again
//! - [`fetch`]: bytes that the service fetches from an address itself, and what it saw on the way
//! - [`note`]: what the desk says among itself; views that a person keeps
//! - [`situation`]: what leadership looks at: regions, topics, days, series
//! - [`original`]: genuine official footage, the register that signs for it, and what is found to be made from it
//! - [`trace`]: what a suspect item was made from, and what differs
//! - [`recognition`]: known copies in words
//! - [`region`]: regions as data, found by code and by hashtag
//! - [`openapi`]: how the types stand in the API document
//! - [`event`]: the append-only, hash-chained history
//! - [`log`]: entries of the transparency log and the hashes of its Merkle tree

pub mod analysis;
pub mod case;
pub mod change;
pub mod clock;
pub mod delivery;
pub mod error_code;
pub mod event;
pub mod fetch;
pub mod figures;
pub mod finding;
pub mod hash;
pub mod id;
pub mod inquiry;
pub mod language;
pub mod likelihood;
pub mod log;
pub mod media;
pub mod note;
pub mod notice;
pub mod openapi;
pub mod original;
pub mod people;
pub mod reason;
pub mod recognition;
pub mod region;
pub mod replay;
pub mod search;
pub mod situation;
pub mod submission;
pub mod trace;
pub mod verdict;

/// Implements `Display`, `FromStr` and `ALL` for an enum whose variants have a stable text code.
/// The code is what is stored, sent and shown to machines.
#[macro_export]
macro_rules! coded_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        $vis enum $name { $($(#[$vmeta])* #[serde(rename = $code)] $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code that is stored and sent.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }

        impl $crate::openapi::PartialSchema for $name {
            fn schema() -> $crate::openapi::RefOr<$crate::openapi::Schema> {
                $crate::openapi::text_enum(&[$($code),+])
            }
        }

        impl $crate::openapi::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(stringify!($name))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.code())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::error_code::UnknownCode;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($code => Ok(Self::$variant),)+
                    other => Err($crate::error_code::UnknownCode::new(stringify!($name), other)),
                }
            }
        }
    };
}
