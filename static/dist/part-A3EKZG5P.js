import{m as e}from"./part-GXRN323R.js";import{a as r}from"./part-L65JCZY7.js";var o=new Set([r.A,r.B,r.C]);function F(t){try{return o.has(e(t))}catch{return!1}}export{F as a};
