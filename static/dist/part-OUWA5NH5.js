import{d as n}from"./part-GXQZELCF.js";function a(t,o,s){setTimeout(async()=>{let c=await(await n(t).catch(()=>null))?.json().catch(()=>null);(!c||!s(c))&&a(t,o,s)},o)}export{a};
