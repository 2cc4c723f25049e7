var e=null;addEventListener("pagehide",()=>{e=null});function t(r){e=r}var i=r=>e?.id===r?e:null;export{t as a,i as b};
