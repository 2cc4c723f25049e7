import{b as o}from"./part-GFWJH4OZ.js";async function p(t,e,n){if(!t)return;let c=`/certificates/${encodeURIComponent(t)}/kept`;await o(c,{place:e,how:n}).catch(()=>{})}export{p as a};
