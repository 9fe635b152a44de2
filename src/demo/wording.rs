//! What the invented applicants of the demo say, and what staff say about them.

/// One name per application.
pub const NAMES: [&str; 64] = [
    "Tomasz Wiśniewski",
    "Jana Lüders",
    "Marie-Luise Oberländer-Kästner",
    "Aylin Kayan",
    "Noor Haddadi",
    "Jörg Weißmann",
    "Fatou Diallo",
    "Henning Brodersen",
    "Ksenia Morozova",
    "Peter-Paul Andresen",
    "Dilara Yıldız",
    "Ulf Christiansen",
    "Sofia Lindqvist",
    "Mirko Babić",
    "Anneke de Vries",
    "Rashid Karimi",
    "Gudrun Feddersen",
    "Leonie Schmalz",
    "Tarek El-Masri",
    "Brigitte Wendland",
    "Birgit Wendland",
    "Oskar Thiessen",
    "Hanna Jepsen",
    "Valentina Greco",
    "Sönke Boysen",
    "Mareike Tiedemann",
    "Iman Yusuf",
    "Kevin Rademacher",
    "Paulina Wójcik",
    "Eike Harmsen",
    "Nguyen Thi Lan",
    "Carola Speck",
    "Burak Erdem",
    "Inken Paulsen",
    "Rolf-Dieter Ahlers",
    "Mina Tehrani",
    "Fiete Carstensen",
    "Larissa Hofer",
    "Adam Kowal",
    "Swantje Nissen",
    "Emilia Sandmann",
    "Youssef Benali",
    "Gerd Lohmann",
    "Thea Jacobsen",
    "Radka Novotná",
    "Momme Ketelsen",
    "Ebru Tunç",
    "Kirsten Ohlsen",
    "Lukas Habermann",
    "Amina Traoré",
    "Detlef Siemsen",
    "Jule Bahnsen",
    "Serkan Polat",
    "Maike Ewers",
    "Viktor Lebedev",
    "Ronja Petermann",
    "Ilse-Marie Koop",
    "Jonas Dethlefs",
    "Zofia Lis",
    "Bente Lassen",
    "Markus Grabowski",
    "Wiebke Carstensen",
    "Emre Toprak",
    "Saskia Nordmann",
];

/// Where they live.
pub const PLACES: [&str; 12] = [
    "Flensburg",
    "Husum",
    "Kiel",
    "Schleswig",
    "Leipzig",
    "Bremen",
    "Görlitz",
    "Passau",
    "Wuppertal",
    "Rostock",
    "Niebüll",
    "Kassel",
];

/// Introductions in writing.
pub const INTRODUCTIONS: [&str; 6] = [
    "Moin, ich bin gelernte Buchhändlerin und habe jahrelang Bestellungen am Telefon aufgenommen. Ich mag es, wenn am Ende des Gesprächs etwas erledigt ist.\n\nZu Hause habe ich ein eigenes Zimmer mit Tür und eine stabile Leitung.",
    "Ich arbeite seit drei Jahren selbstständig als Texter und suche ein zweites Standbein mit echten Menschen. Geduld habe ich, zwei Kinder haben sie geprüft.",
    "Guten Tag, nach zwanzig Jahren im Reisebüro weiß ich, wie man jemanden beruhigt, dessen Fähre ausfällt. Am liebsten schreibe ich, Telefon geht aber auch gut.",
    "Hallo, ich studiere abends und möchte vormittags ein paar feste Stunden füllen. Deutsch ist meine dritte Sprache, am Telefon hört man es kaum.",
    "Ich war lange an einer Hotelrezeption. Dort lernt man, freundlich zu bleiben und trotzdem klar zu sagen, was geht und was nicht.",
    "Mein kleiner Pflanzenladen läuft im Winter ruhig. Beratung ist das, was ich am liebsten mache, und ein Headset habe ich schon.",
];

/// Experience, in words.
pub const EXPERIENCES: [&str; 4] = [
    "Vier Jahre Telefonbestellung bei einem Versand für Bürobedarf.",
    "Rezeption, dann Reklamationen in einem Möbelhaus.",
    "Chat-Beratung für eine Krankenkasse, zuletzt in Vertretung auch am Telefon.",
    "Bisher ehrenamtlich am Kummertelefon.",
];

/// Answers to questions in words.
pub const TEXTS: [&str; 5] = [
    "Ich würde mich erst entschuldigen und dann gleich Ersatz anbieten.",
    "Das tut mir leid, das schauen wir uns sofort an. Können Sie mir ein Foto schicken?",
    "Zuhören, die Bestellung heraussuchen, eine Lösung vorschlagen.",
    "Ich habe früher oft für meine Nachbarschaft Briefe geschrieben und Fristen geklärt.",
    "Schreiben liegt mir, weil man in Ruhe nachdenken kann.",
];

/// Notes of staff.
pub const NOTES: [&str; 5] = [
    "Ruhige Stimme am Telefon, erklärt gut. Gern ins Gespräch.",
    "Hat nach der Steuer gefragt, Leitfaden geschickt.",
    "Möchte erst ab nächstem Monat anfangen.",
    "Headset ist bestellt, kommt in der nächsten Woche.",
    "Schreibt sehr sorgfältig, passt gut zu E-Mail.",
];

/// Words beside an opinion.
pub const OPINIONS: [&str; 4] = [
    "Klingt zugewandt und sortiert.",
    "Freundlich, im Schriftlichen noch unsicher.",
    "Gute Erfahrung, bei der Leitung würde ich nachfragen.",
    "",
];

/// Reasons of refusals.
pub const REASONS: [&str; 3] = [
    "Für diese Stelle suchen wir gerade jemanden mit Zeit am Abend und am Wochenende.",
    "Die Plätze in der nächsten Schulung sind vergeben.",
    "Für diese Stelle braucht es sehr sicheres geschriebenes Deutsch.",
];

/// What equipment checks say of the browser.
pub const SYSTEMS: [&str; 4] = [
    "Firefox unter Windows 10 oder neuer",
    "Chrome unter Windows 10 oder neuer",
    "Edge unter Windows 10 oder neuer",
    "Safari unter macOS",
];
