//! The portal of a virtual contact centre.
//!
//! A sentence per module, in the order in which they may use each other: a module imports only from those above it.
//! A test keeps that order.

/// Every setting, from flags or the environment, checked once at the start.
pub mod config;

/// Time: the only caller of `now()`, the rules of wall time, and how dates are said in German.
pub mod clock;

/// One newtype per kind of id.
pub mod id;

/// Connection pool, migrations, and the private PostgreSQL cluster.
pub mod database;

/// The store of uploaded files.
pub mod files;

/// The outbox: mails are rows first, sent by a worker over SMTP or into a folder.
pub mod mail;

/// The FAQ's figures: settings with a valid-from day and a history.
pub mod policy;

/// Periods and the pure rule of the erasure date; consents, wishes, legal holds, and what the nightly task obeys.
pub mod retention;

/// What is late or failing: feeds `/readyz`, the metrics and the banner of staff.
pub mod health;

/// Who may sign in: accounts, roles, sessions, links, passwords, limits, the audit log. Rows and rules, no pages.
pub mod accounts;

/// The state that every request and task is handed.
pub mod portal;

/// What every page shares: route table, session, layout, messages, forms, errors, headers, static files.
pub mod web;

/// Pages of access: sign-in, links by mail, one's own account, the accounts of staff.
pub mod signin;

/// Campaigns, their opening hours and booking rules, and the pages on which planners keep them.
pub mod campaigns;

/// Freelancers, what they are qualified for, and the pages on which staff see them.
pub mod freelancers;

/// Applications: form, introduction, review, interview, decision. An accepted applicant becomes a freelancer.
pub mod applications;

/// Shifts: weeks, patterns, publication, booking, the plan as freelancers and planners see it.
pub mod shifts;

/// Training for a campaign: courses, dates with seats, enrolment, results; and the first shifts that follow, until the
/// qualification begins by itself.
pub mod training;

/// Getting ready: the checklist of one person, the funnel of a campaign, the access list, the end of a campaign.
pub mod readiness;

/// What staff see first.
pub mod overview;

/// The ledger of the monthly fee: charges, corrections, waivers, statements.
pub mod fees;

/// Pages for everybody: start, FAQ, guide, contact, equipment check, imprint, mark, component sheet.
pub mod site;

/// Privacy across features: the data map, the nightly erasure and the hourly drain of wishes, the leftover check, requests,
/// legal holds, receipts, the ledger, and the privacy officer's pages.
pub mod privacy;

/// Deterministic demo data.
pub mod demo;

/// Every route from every feature: the table of contents, and the layers around it.
pub mod router;

/// The clocked tasks: mail, publication, recount, fees, clearing up.
pub mod worker;
