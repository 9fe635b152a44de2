-- The built-in sentence of the day, where staff kept it in their own text: it knows nothing of a legal hold.
update mail_text set body = replace(
    body,
    'Deine übrigen Angaben löschen wir spätestens am {loeschdatum}; bis dahin siehst du sie hier:',
    e'{loeschung}\n\nDeine Angaben siehst du hier:')
where key = 'refusal';
