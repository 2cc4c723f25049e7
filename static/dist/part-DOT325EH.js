import{a as r,d as t}from"./part-DA6YP5OG.js";var l=o=>t(o,r,"offline");function f(o){let e;return()=>e??=o().catch(d=>{throw e=void 0,d})}export{l as a,f as b};
