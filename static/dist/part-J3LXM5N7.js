var e=t=>crypto.getRandomValues(new Uint8Array(t));export{e as a};
