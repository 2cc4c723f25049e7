var e=()=>Date.now()+Number(globalThis.document?.documentElement?.dataset?.clockAhead??0);export{e as a};
