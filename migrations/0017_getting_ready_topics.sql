-- Mails of getting ready: papers, briefing and qualification; training; first shifts.
-- (In a file of its own: PostgreSQL lets nobody use a new enum value in the transaction that adds it.)
alter type mail_topic add value 'readiness';
alter type mail_topic add value 'training';
alter type mail_topic add value 'first_shifts';
