import{c as o}from"./part-ZZHYDPWI.js";async function p(t,e,n){if(!t)return;let c=`/certificates/${encodeURIComponent(t)}/kept`;await o(c,{place:e,how:n}).catch(()=>{})}export{p as a};
