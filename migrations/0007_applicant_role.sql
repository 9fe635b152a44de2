-- Applicants sign in by a link from a mail and see their own application, nothing else.
-- (In a file of its own: PostgreSQL lets nobody use a new enum value in the transaction that adds it.)
alter type role add value 'applicant' before 'freelancer';
alter type mail_topic add value 'application';
alter type mail_topic add value 'interview';
alter type mail_topic add value 'contact';
