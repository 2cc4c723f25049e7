var u=Object.freeze(`
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
  `.trim().split(/\s+/));var h=10,k=Object.freeze([["length",e=>[...e].length>=h],["digit",e=>/[0-9]/.test(e)],["letter",e=>/[A-Za-z]/.test(e)],["special",e=>/[!#-&(-/:-@[\]^_`{}~]/.test(e)],["forbidden",e=>/^(?:(?!['"\\|])[!-~])*$/.test(e)]]);function A(e){return k.filter(([,t])=>!t(e)).map(([t])=>t)}function M(e,t){let s=e.normalize("NFKC").toLowerCase(),o=t.flatMap(w),n=s.replace(c,"");if(o.some(a=>y(a)&&n.includes(a)))return"personal";let i=s.replace(x,""),r=i.replace(O," "),m=r!==i;for(let a of[v,z,E])r=r.replace(a," ");if(r=r.replace(c,""),[...r].length<f)return m?"common":"simple";for(let a of o.sort((p,d)=>l(d)-l(p)))r=r.replaceAll(a,"");return[...r].length<f?"personal":null}function w(e){let t=e.normalize("NFKC").toLowerCase();if(/^[0-9]{8}$/.test(t))return[t,t.slice(2)];let s=t.split(/\s+/).map(n=>n.replace(c,"")).filter(n=>n!=="");return[s.join(""),[...s].reverse().join(""),...s].filter(n=>l(n)>=(g(n)?3:2))}var y=e=>l(e)>=4||!g(e),g=e=>/^[\0-\x7f]*$/.test(e),l=e=>[...e].length,f=4,j=Object.freeze({a:"@4",b:"8",e:"3",g:"9",i:"1!",l:"1!",o:"0",s:"$5",t:"7+"}),b=Object.freeze(["abcdefghijklmnopqrstuvwxyz","01234567890","qwertyuiop","asdfghjkl","zxcvbnm","1q2w3e4r5t6y7u8i9o0p","q1w2e3r4t5y6u7i8o9p0","1qaz2wsx3edc4rfv5tgb6yhn7ujm","qazwsxedcrfvtgbyhnujm"]),c=/[^a-z0-9\u{80}-\u{10ffff}]/gu,x=/[^a-z0-9@!$+\u{80}-\u{10ffff}]/gu,O=new RegExp(u.map(R).join("|"),"gu"),v=/(?:19|20)?[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|(?:19|20)[0-9]{2}/gu,z=/([^ ]{1,4})\1{2,}/gu,E=new RegExp(q().join("|"),"gu");function R(e){return[...e].map(t=>`[${t}${j[t]??""}]`).join("")}function q(){let e=new Set;for(let t of b)for(let s of[t,[...t].reverse().join("")])for(let o=0;o+3<=s.length;o+=1)for(let n=o+3;n<=s.length;n+=1)e.add(s.slice(o,n));return[...e].sort((t,s)=>s.length-t.length||(t<s?-1:1))}export{A as a,M as b};
