-- What else than dossiers and applicants' profiles is erased, and named in the ledger of erasures.
-- (In a file of its own: PostgreSQL lets nobody use a new enum value in the transaction that adds it.)

-- an account whose access has ended, with all that hangs on it; its row stays without a personal field
alter type erasure_kind add value 'account';
-- a person's confirmations of contract papers
alter type erasure_kind add value 'contracts';
-- a person's results of the privacy briefing
alter type erasure_kind add value 'briefings';
-- a person's bookings of past years
alter type erasure_kind add value 'bookings';
-- a person's rows of the fee ledger
alter type erasure_kind add value 'fees';
