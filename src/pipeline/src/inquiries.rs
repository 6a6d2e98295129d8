//! Questions to agencies: is this so? Asking needs `analyst`; the agency answers by a signed link or, as a partner, by the API; the desk can take an
//! answer down. The answer is frozen as evidence.

use jiff::SignedDuration;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{CaseId, InquiryId, OrganisationId};
use podlinnik_domain::inquiry::{Inquiry, InquiryAnswer, validate_question};
use podlinnik_domain::language::Language;
use podlinnik_domain::people::{Actor, Role};
use podlinnik_storage::record::{InquiryAnswering, NewInquiry};
use serde_json::json;

use crate::access::{not_found, require};
use crate::canonical::canonical_sha256;
use crate::corrections::unknown_secret;
use crate::error::ServiceError;
use crate::listing::MOST_ENTRIES;
use crate::secret::{TOKEN_PREFIX, hash_of, labelled};
use crate::service::{Answer, Service};

/// An answer is wanted at the latest after this time.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// A question as it is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// The agency, where it takes part in the service.
    pub organisation: Option<OrganisationId>,
    /// Who is asked.
    pub addressee: String,
    /// How they are reached.
    pub contact: Option<String>,
    /// The question.
    pub question: String,
    /// By when an answer is needed.
    pub due_at: Timestamp,
}

/// A question that was asked, with the link by which it can be answered without an account. The link is shown once.
#[derive(Clone)]
pub struct AskedInquiry {
    /// The question.
    pub inquiry: Inquiry,
    /// Where it is answered.
    pub link: String,
}

impl std::fmt::Debug for AskedInquiry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("AskedInquiry").field("inquiry", &self.inquiry).finish_non_exhaustive()
    }
}

impl Service {
    /// Asks an agency.
    pub async fn inquiry_ask(&self, actor: &Actor, case: CaseId, question: Question) -> Answer<AskedInquiry> {
        require(actor, &[Role::Analyst, Role::Editor])?;
        let case = self.case_to_decide(actor, case).await?;
        validate_question(&question.addressee, question.contact.as_deref(), &question.question)
            .map_err(ServiceError::Refused)?;
        let at = self.clock.now();
        let latest = at.checked_add(LONGEST_WAIT).unwrap_or(Timestamp::MAX);
        if question.due_at <= at || question.due_at > latest {
            return Err(ServiceError::Refused(ErrorCode::ValidationFailed));
        }
        let (secret, secret_sha256) = labelled(TOKEN_PREFIX)?;
        let inquiry = NewInquiry {
            id: InquiryId::generate(self.ids.as_ref()),
            case: case.id,
            organisation: question.organisation,
            addressee: question.addressee,
            contact: question.contact,
            question: question.question,
            secret_sha256,
            actor: actor.user.id,
            at,
            due_at: question.due_at,
            max_attempts: self.settings.delivery_attempts,
        };
        let inquiry = self.store.inquiry_create(&inquiry, self.ids.as_ref()).await?;
        tracing::info!(inquiry.id = %inquiry.id, case.id = %case.id, "agency asked about case {}", case.id);
        self.work_waits.notify_waiters();
        let link = format!("{}/inquiries/{secret}", self.settings.public_url);
        Ok(AskedInquiry { inquiry, link })
    }

    /// Questions about a case, oldest first, for the desk.
    pub async fn inquiries(&self, actor: &Actor, case: CaseId) -> Answer<Vec<Inquiry>> {
        self.case(actor, case).await?;
        Ok(self.store.inquiry_list(case).await?)
    }

    /// Questions to the actor's own organisation, newest first. What only the desk may see is left out.
    pub async fn inquiries_to_me(&self, actor: &Actor) -> Answer<Vec<Inquiry>> {
        let mut inquiries = self.store.inquiry_list_to(actor.user.organisation, MOST_ENTRIES).await?;
        for inquiry in &mut inquiries {
            inquiry.contact = None;
        }
        Ok(inquiries)
    }

    /// One question, for the desk and for the agency that is asked.
    pub async fn inquiry(&self, actor: &Actor, id: InquiryId) -> Answer<Inquiry> {
        let mut inquiry = self.store.inquiry_get(id).await?.ok_or_else(not_found)?;
        let case = self.store.case_get(inquiry.case).await?.ok_or_else(not_found)?;
        if self.sight(actor).await?.covers(case.organisation) {
            return Ok(inquiry);
        }
        if inquiry.organisation == Some(actor.user.organisation) {
            inquiry.contact = None;
            return Ok(inquiry);
        }
        Err(not_found())
    }

    /// Answers as the agency (`partner` of the organisation that is asked), or takes down an answer that came another way (`analyst`).
    pub async fn inquiry_answer(
        &self,
        actor: &Actor,
        id: InquiryId,
        answer: InquiryAnswer,
    ) -> Answer<Inquiry> {
        let inquiry = self.inquiry(actor, id).await?;
        if inquiry.organisation != Some(actor.user.organisation) {
            self.case_to_decide(actor, inquiry.case).await?;
        }
        require(actor, &[Role::Partner, Role::Analyst, Role::Editor])?;
        self.take_answer(&inquiry, answer, Some(actor)).await
    }

    /// The question behind a signed link.
    pub async fn inquiry_by_link(&self, secret: &str) -> Answer<Inquiry> {
        let hash = hash_of(TOKEN_PREFIX, secret).ok_or_else(unknown_secret)?;
        let mut inquiry = self.store.inquiry_by_secret(hash).await?.ok_or_else(unknown_secret)?;
        inquiry.contact = None;
        Ok(inquiry)
    }

    /// Name of the organisation that asks.
    pub async fn asking_organisation(&self, inquiry: &Inquiry, language: Language) -> Answer<String> {
        let case = self.store.case_get(inquiry.case).await?.ok_or_else(not_found)?;
        let organisation = self.store.organisation_get(case.organisation).await?.ok_or_else(not_found)?;
        Ok(match language {
            Language::Russian => organisation.name_ru,
            Language::English => organisation.name_en,
        })
    }

    /// Answers by a signed link.
    pub async fn inquiry_answer_by_link(&self, secret: &str, answer: InquiryAnswer) -> Answer<Inquiry> {
        let inquiry = self.inquiry_by_link(secret).await?;
        self.take_answer(&inquiry, answer, None).await
    }

    async fn take_answer(
        &self,
        inquiry: &Inquiry,
        answer: InquiryAnswer,
        actor: Option<&Actor>,
    ) -> Answer<Inquiry> {
        answer.validate().map_err(ServiceError::Refused)?;
        let at = self.clock.now();
        let evidence = json!({
            "kind": "agency_confirmation",
            "inquiry": inquiry.id,
            "case": inquiry.case,
            "addressee": inquiry.addressee,
            "question": inquiry.question,
            "answer": answer,
            "answered_by": actor.map(|actor| actor.user.id),
            "answered_at": at,
        });
        let answering = InquiryAnswering {
            inquiry: inquiry.id,
            answer,
            evidence_sha256: canonical_sha256(&evidence),
            evidence,
            actor: actor.map(|actor| actor.user.id),
            at,
        };
        let answered = self.store.inquiry_answer(&answering).await?;
        tracing::info!(inquiry.id = %inquiry.id, "question {} answered", inquiry.id);
        Ok(answered)
    }

    /// Takes a question back.
    pub async fn inquiry_withdraw(&self, actor: &Actor, id: InquiryId) -> Answer<Inquiry> {
        require(actor, &[Role::Analyst, Role::Editor])?;
        let inquiry = self.store.inquiry_get(id).await?.ok_or_else(not_found)?;
        self.case_to_decide(actor, inquiry.case).await?;
        Ok(self.store.inquiry_withdraw(id, actor.user.id, self.clock.now()).await?)
    }
}
