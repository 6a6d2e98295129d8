//! What can be typed after `podlinnik user`, `podlinnik token` and `podlinnik organisation`.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use podlinnik_domain::id::TokenId;
use podlinnik_domain::people::{OrganisationLevel, Role};

use crate::settings::StoreFlags;

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Add a person and print their first token, once
    Add(UserAdd),
    /// List people
    List(Listing),
    /// Print a link, once, with which somebody sets a password; it works once, for 48 hours
    Link(UserLink),
    /// Close an account: sessions end, keys stop working
    Disable(UserNamed),
    /// Open a closed account again
    Enable(UserNamed),
    /// Give somebody other roles
    Roles(UserRoles),
    /// Take away a second factor that was lost
    ResetTotp(UserNamed),
}

#[derive(Debug, Args)]
pub(crate) struct UserAdd {
    /// Name for signing in: 2 to 64 lower-case letters, digits, `.`, `_`, `-`
    #[arg(long)]
    pub(crate) login: String,
    /// Name as shown [default: the login]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What the person may do; repeat it for several
    #[arg(long = "role", required = true, value_name = "ROLE", value_parser = role())]
    pub(crate) roles: Vec<Role>,
    /// Code of the person's organisation
    #[arg(long, value_name = "CODE", default_value = crate::service::FEDERAL)]
    pub(crate) organisation: String,
    /// Days until the token expires [default: never]
    #[arg(long, value_name = "DAYS")]
    pub(crate) days: Option<u32>,
    /// Issue no token
    #[arg(long, conflicts_with = "days")]
    pub(crate) no_token: bool,
    /// Print a sign-in link instead of a token
    #[arg(long, conflicts_with_all = ["days", "no_token"])]
    pub(crate) link: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
pub(crate) struct UserNamed {
    /// Whose
    #[arg(value_name = "LOGIN")]
    pub(crate) login: String,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
pub(crate) struct UserLink {
    /// Whose
    #[arg(value_name = "LOGIN")]
    pub(crate) login: String,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Where people reach the service [default: as `serve` has it]
    #[arg(long, value_name = "URL", env = "PODLINNIK_PUBLIC_URL")]
    pub(crate) public_url: Option<String>,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
pub(crate) struct UserRoles {
    /// Whose
    #[arg(value_name = "LOGIN")]
    pub(crate) login: String,
    /// What the person may do from now on; repeat it for several
    #[arg(long = "role", required = true, value_name = "ROLE", value_parser = role())]
    pub(crate) roles: Vec<Role>,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Listing {
    /// Print one JSON object per line
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Issue a token and print it, once
    Issue(TokenIssue),
    /// List tokens, without their secrets
    List(TokenList),
    /// Make the next token of a line and print it, once; the one before goes on until it is withdrawn
    Rotate(TokenRotate),
    /// Withdraw a token
    Revoke(TokenRevoke),
}

#[derive(Debug, Args)]
pub(crate) struct TokenIssue {
    /// Whose
    #[arg(long)]
    pub(crate) login: String,
    /// What it is for
    #[arg(long, default_value = "command line")]
    pub(crate) label: String,
    /// Days until it expires [default: never]
    #[arg(long, value_name = "DAYS")]
    pub(crate) days: Option<u32>,
    /// A role of its owner that it may use; repeat it for several [default: all]
    #[arg(long = "scope", value_name = "ROLE", value_parser = role())]
    pub(crate) scopes: Vec<Role>,
    /// Most requests in a minute [default: any number]
    #[arg(long, value_name = "N")]
    pub(crate) rate: Option<u32>,
    /// Most submissions in 24 hours [default: any number]
    #[arg(long, value_name = "N")]
    pub(crate) quota: Option<u32>,
    /// Print one JSON object with identifier and secret
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
pub(crate) struct TokenList {
    /// Whose [default: everybody's]
    #[arg(long)]
    pub(crate) login: Option<String>,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

#[derive(Debug, Args)]
pub(crate) struct TokenRotate {
    /// The identifier of the token that is followed (not its secret)
    #[arg(value_name = "ID")]
    pub(crate) id: TokenId,
    /// Days until the new one expires [default: as the one before]
    #[arg(long, value_name = "DAYS")]
    pub(crate) days: Option<u32>,
    /// Print one JSON object with identifier and secret
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
pub(crate) struct TokenRevoke {
    /// The token's identifier (not its secret)
    #[arg(value_name = "ID")]
    pub(crate) id: TokenId,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Organisation {
    /// Add an organisation
    Add(OrganisationAdd),
    /// Add an organisation for every region of the list that has none yet
    Tree(OrganisationTree),
    /// List organisations
    List(Listing),
}

#[derive(Debug, Args)]
pub(crate) struct OrganisationAdd {
    /// Short code, for example RU-TAM
    #[arg(long)]
    pub(crate) code: String,
    /// Level in the tree
    #[arg(long, value_parser = level())]
    pub(crate) level: OrganisationLevel,
    /// Russian name
    #[arg(long)]
    pub(crate) name_ru: String,
    /// English name
    #[arg(long)]
    pub(crate) name_en: String,
    /// Code of the organisation above
    #[arg(long, value_name = "CODE")]
    pub(crate) parent: Option<String>,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
pub(crate) struct OrganisationTree {
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.iter().map(|value| value.code())).try_map(|text| text.parse::<Role>())
}

fn level() -> impl TypedValueParser<Value = OrganisationLevel> {
    PossibleValuesParser::new(OrganisationLevel::ALL.iter().map(|value| value.code()))
        .try_map(|text| text.parse::<OrganisationLevel>())
}
