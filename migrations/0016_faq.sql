-- The questions and answers that the portal comes with: every fact that the operator states in public. Figures are
-- placeholders, filled from the settings that the portal obeys.
insert into faq_entry (slug, topic, position, question, answer, built_in, updated_at) values
('ort', 'requirements', 1, 'Von wo aus kann ich arbeiten?',
'Von überall, wo du eine gute Leitung und Ruhe hast. Manche Kampagnen sind auf bestimmte Länder beschränkt; das steht dann in der Stellenausschreibung.',
true, '2026-11-01 00:00+00'),
('mitbringen', 'requirements', 2, 'Was muss ich mitbringen?',
'Drei Dinge:

- einen **Gewerbeschein** oder eine **Umsatzsteuer-ID**,
- eine schnelle und verlässliche Internetleitung, mindestens DSL {leitung} netto,
- einen Raum, dessen Tür du abschließen kannst.

Den Gewerbeschein kannst du noch beantragen, während deine Bewerbung läuft. Wie das geht, steht im [Leitfaden](/leitfaden).',
true, '2026-11-01 00:00+00'),
('ausstattung', 'requirements', 3, 'Was brauche ich zu Hause an Technik?',
'Einen Computer mit {windows} oder neuer, ein USB-Headset und DSL {leitung} netto, mit dem LAN-Kabel statt über WLAN verbunden. Der [Technik-Check](/technik) misst deine Leitung und hört, ob dein Mikrofon ankommt.',
true, '2026-11-01 00:00+00'),
('erfahrung', 'requirements', 4, 'Muss ich Erfahrung im Kundenservice haben?',
'Nein. Erfahrung hilft dir am Anfang, wichtiger ist uns aber, dass du gern für andere da bist und eine Frage erst loslässt, wenn sie beantwortet ist.',
true, '2026-11-01 00:00+00'),
('sprache', 'requirements', 5, 'Welche Sprachen brauche ich?',
'In den meisten Kampagnen sprichst du fließend Deutsch und schreibst es fehlerfrei. Fremdsprachen brauchst du nur selten; wo doch, nennt sie die Stellenausschreibung.',
true, '2026-11-01 00:00+00'),
('kamera', 'requirements', 6, 'Brauche ich eine Webcam?',
'Nein, eine Bedingung ist sie nicht. Wir freuen uns, wenn wir uns nicht nur hören, sondern auch sehen; wer keine Kamera hat oder nutzen möchte, hat davon keinen Nachteil.',
true, '2026-11-01 00:00+00'),
('ablauf', 'application', 1, 'Wie läuft die Bewerbung ab?',
'Ohne Lebenslauf, ohne Anschreiben und ohne viele Termine vor Ort:

1. Du öffnest eine Stellenausschreibung und drückst auf „Jetzt bewerben“.
2. Im Formular trägst du deine Daten ein und beantwortest ein paar erste Fragen.
3. Du stellst dich in einem kurzen Video von höchstens {vorstellung} vor. Eine Tonaufnahme oder ein Text zählen genauso.
4. Passt es, laden wir dich zu einem Kennenlerngespräch ein.
5. Sind beide Seiten überzeugt, bekommst du Zugang zum Portal. Dort lädst du deine Unterlagen hoch, lernst das Wichtigste zum Datenschutz und beginnst deine erste Schulung.',
true, '2026-11-01 00:00+00'),
('start', 'application', 2, 'Wann kann ich anfangen?',
'Das hängt davon ab, wann die nächste Schulung deiner Kampagne beginnt. Nach der Zusage dauert es oft nur wenige Tage, manchmal zwei bis drei Wochen: Rechne mit {schulung_frueh} bis {schulung_spaet}.',
true, '2026-11-01 00:00+00'),
('kosten', 'application', 3, 'Kostet mich die Zusammenarbeit etwas?',
'Für die Systeme, über die wir zusammenarbeiten, fällt ein Nutzungsbeitrag von {nutzungsbeitrag} im Monat an. Die Bewerbung selbst ist kostenlos.',
true, '2026-11-01 00:00+00'),
('daten', 'application', 4, 'Was passiert mit meinen Bewerbungsdaten?',
'Sie werden {loeschfrist} nach dem Absenden automatisch gelöscht. Nur wenn du ausdrücklich zustimmst, etwa um dich später noch einmal zu bewerben, bleiben sie länger.

Löschen lassen kannst du sie jederzeit; das erledigen wir innerhalb von {loeschung}. Der Anbieter des Bewerbungswerkzeugs sitzt in Deutschland und ist nach der DSGVO vertraglich gebunden. Sonst gibt es niemanden, an den deine Daten gehen.',
true, '2026-11-01 00:00+00'),
('aufgaben', 'work', 1, 'Was tue ich in einer Kampagne?',
'Du telefonierst, beantwortest E-Mails oder chattest, je nach Kampagne. Das reicht von der einfachen Bestellannahme und dem Ändern von Kundendaten bis zu kniffligen Fragen, für die du tiefer im Thema steckst. Wie anspruchsvoll es wird, steht in der Stellenausschreibung.',
true, '2026-11-01 00:00+00'),
('zeiten', 'work', 2, 'Gibt es feste Zeiten?',
'Nein. Innerhalb der Öffnungszeiten einer Kampagne buchst du dich selbst in den Schichtplan ein, wann es dir passt und solange dort Plätze frei sind. Der Plan erscheint {veroeffentlichung}; du kannst dann sofort Schichten der nächsten {horizont} buchen. Wie weit es genau reicht, hängt von der Kampagne ab.',
true, '2026-11-01 00:00+00'),
('umfang', 'work', 3, 'Wie viele Stunden sollte ich einplanen?',
'So viele, dass daneben Platz für andere Aufträge bleibt. Als Untergrenze erwarten wir in jeder Kampagne im Schnitt {stunden} Stunden pro Woche, denn mit weniger fehlt die Routine. Das ist eine Erwartung, keine Vorgabe: Welche Schichten du buchst, entscheidest du.',
true, '2026-11-01 00:00+00'),
('einarbeitung', 'work', 4, 'Wie werde ich vorbereitet?',
'Zu jedem Auftrag gehört eine ausführliche Schulung, an der du von zu Hause aus teilnimmst. Danach kommt ein virtuelles Training on the Job: Bei deinen ersten Schritten sind erfahrene Pat*innen eng an deiner Seite.',
true, '2026-11-01 00:00+00'),
('systeme', 'work', 5, 'Welche Programme und Geräte stellt ihr?',
'Du brauchst nur deinen Computer und dein USB-Headset. Die Zugänge zu allen Systemen bekommst du von uns, auch zum Telefon: Das ist ein Programm auf deinem Computer und spricht über das Internet. Deshalb muss die Leitung ruhig laufen, denn schwankt sie, reißen Gespräche ab.',
true, '2026-11-01 00:00+00'),
('weitere-auftraege', 'self_employment', 1, 'Darf ich auch für andere arbeiten?',
'Ja, das ist sogar erwünscht. Wir sollten nicht deine einzige Einnahmequelle sein. Auch nebenberuflich selbstständig zu sein ist möglich; bist du angestellt, prüfe vorher, ob du dafür eine Erlaubnis brauchst.',
true, '2026-11-01 00:00+00'),
('gewerbeschein', 'self_employment', 2, 'Wie komme ich an einen Gewerbeschein?',
'Du beantragst ihn beim zuständigen Gewerbeamt. Informiere dich rechtzeitig, denn wie lange es dauert und was es kostet, ist von Ort zu Ort verschieden. Einiges haben wir im [Leitfaden Selbstständigkeit](/leitfaden) für dich zusammengestellt.',
true, '2026-11-01 00:00+00'),
('gewerbe-oder-freiberuf', 'self_employment', 3, 'Gilt meine Arbeit als Freiberuf?',
'Nein, sie ist ein Gewerbe. Achte bei der Anmeldung darauf, dass die angegebene Tätigkeit passt, zum Beispiel „Kundenservice“ oder „Kundenberatung“.',
true, '2026-11-01 00:00+00');
