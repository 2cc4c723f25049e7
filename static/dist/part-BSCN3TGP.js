var t=class extends Error{constructor(s,r){super(s,r),this.code=s}};export{t as a};
