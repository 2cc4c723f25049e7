/**
 * The words in the commonest passwords of the world and of Korea, longest first; the
 * twin of `WORDS` in `webapp/accounts/common_passwords.py`.
 *
 * Some are Korean words typed on a Latin keyboard. What people add to them, digits,
 * signs and rows of keys, is the rule's matter (`password_policy.js`).
 */
export const WORDS = Object.freeze(
  `
    rhdehddlswmdtj administrator dkssudgktpdy certificate eogksalsrnr qlalfqjsgh
    certferry minecraft saranghae baseball computer corvette dlswmdtj facebook
    football iloveyou internet jennifer maverick mercedes michelle password passwort
    princess samantha starwars sunshine superman whatever asshole charlie chelsea
    chicken default diamond ferrari freedom fuckyou jessica letmein loveyou michael
    mustang phoenix pokemon samsung scooter thunder tkfkdgo trustno welcome yessign
    access amanda andrew ashley austin banana batman buster change cheese cookie
    cowboy dallas daniel dkssud dmsgod dragon falcon flower george ginger gksrnr
    golfer google guitar hammer harley hockey hunter jordan joshua killer lovely
    maggie master matrix merlin mickey monkey naruto nicole orange passwd peanut
    pepper ranger robert sarang secret shadow silver snoopy soccer sparky spring
    summer thomas winter yankee zkzkdh admin angel apple guest hello kakao korea
    login naver pussy qlqjs seoul tiger tkfkd tpsxj 1004 7942 8282 bank fuck love
    npki pass root sexy temp test user
  `.trim().split(/\s+/),
);
