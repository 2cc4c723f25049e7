import{c as e}from"./part-LYQXYWJ3.js";async function a(t,n,o){if(!t)return;let c=`/certificates/${encodeURIComponent(t)}/kept`;await e(c,{place:n,how:o}).catch(()=>{})}export{a};
