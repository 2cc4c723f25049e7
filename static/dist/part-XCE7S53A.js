import{a as q}from"./part-HRDGRNCS.js";import{a as T,c as U,h as L}from"./part-3W6F7DNC.js";import{b as m,c as f,d as A,g as v,h as R,i as M,j as z,k as y,l as H}from"./part-Q2VKUV76.js";import{f as i}from"./part-G7V55JRN.js";var X=8*1024*1024,W=200,Ze=16,Qe=Object.freeze({threshold:2,count:3}),ce=17,le=20,de=10,S=`certferry wallet backup
`,K=1,ue=16,C=12,j=32,he=16,$=4096,pe=64*1024,me=1024,fe=/"(?:[^"\\]|\\.)*"|[{}[\]:]/gs,ye=16,ge=/^[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,we=/^mac: ([\w-]{43})$/,be=/^key: scrypt n=(\d{1,2}) r=8 p=1 salt=([\w-]{22})$/,ke=/^key: slip39 set=(\d{1,5}) salt=([\w-]{22})$/,ve=/^version: (\d{1,9})$/,u=class extends T{};async function et(e,t,{random:r,cost:a=ce}){if(e.certificates.length>W)throw new u("backup_large");let n="passphrase"in t,o={kind:n?"passphrase":"sheets",salt:r(ue),cost:n?a:0,identifier:n?0:t.identifier},s=await P(o,t),l=y(_e(o)),c=await crypto.subtle.sign("HMAC",s.header,l),d=m(l,y(`mac: ${M(new Uint8Array(c))}
`)),p=r(C),w={name:"AES-GCM",iv:p,additionalData:d},k=Te(e),b=await crypto.subtle.encrypt(w,s.payload,k),E=m(d,p,new Uint8Array(b));if(E.length>X)throw new u("backup_large");return E}var tt=e=>G(e).header;async function rt(e,t){let{header:r,head:a,whole:n,mac:o,payload:s}=G(e);if("passphrase"in t!=(r.kind==="passphrase"))throw new u("backup_locked");if("identifier"in t&&t.identifier!==r.identifier)throw new u("backup_other_sheets");let l=await P(r,t),c=new Uint8Array(await crypto.subtle.sign("HMAC",l.header,a));if(!A(o,c))throw new u("backup_locked");if(s.length<C+he)throw new u("backup_damaged");let p={name:"AES-GCM",iv:s.slice(0,C),additionalData:n};try{let w=s.slice(C),k=await crypto.subtle.decrypt(p,l.payload,w);return Se(new Uint8Array(k))}catch(w){throw new u("backup_damaged",{cause:w})}}var xe=e=>e.normalize("NFC").replace(/^[ \t\r\n\u00A0\u3000]+|[ \t\r\n\u00A0\u3000]+$/g,"");function _e({kind:e,salt:t,cost:r,identifier:a}){let n=e==="passphrase"?`scrypt n=${r} r=8 p=1`:`slip39 set=${a}`;return`${S}version: ${K}
key: ${n} salt=${M(t)}
`}function G(e){if(e.length>X)throw new u("backup_large");let t=Array.from(e.slice(0,me),p=>String.fromCharCode(p)).join("");if(!t.startsWith(S))throw new u("backup_form");let[r="",a="",n=""]=t.slice(S.length).split(`
`,3),o=ve.exec(r)?.[1];if(o===void 0)throw new u("backup_form");if(Number(o)>K)throw new u("backup_newer");let s=we.exec(n)?.[1];if(Number(o)!==K||s===void 0)throw new u("backup_form");let l=Ee(a),c=S.length+r.length+a.length+2,d=c+n.length+1;if(t[d-1]!==`
`)throw new u("backup_form");return{header:l,head:f(e.slice(0,c)),whole:f(e.slice(0,d)),mac:B(s),payload:f(e.slice(d))}}function Ee(e){let t=be.exec(e);if(t){let n=Number(t[1]);if(n<de||n>le)throw new u("backup_work");return{kind:"passphrase",salt:B(t[2]),cost:n,identifier:0}}let r=ke.exec(e),a=Number(r?.[1]??NaN);if(r===null||!(a<2**15))throw new u("backup_form");return{kind:"sheets",salt:B(r[2]),cost:0,identifier:a}}function B(e){try{return z(e)}catch{throw new u("backup_form")}}async function P(e,t){let r="passphrase"in t?await Ae(xe(t.passphrase),e):f(t.secret),a=await crypto.subtle.importKey("raw",r,"HKDF",!1,["deriveKey"]);r.fill(0);let n=l=>({name:"HKDF",hash:"SHA-256",salt:f(e.salt),info:y(`certferry backup 1 ${l}`)}),o={name:"HMAC",hash:"SHA-256",length:j*8},s={name:"AES-GCM",length:j*8};return{header:await crypto.subtle.deriveKey(n("header"),a,o,!1,["sign"]),payload:await crypto.subtle.deriveKey(n("payload"),a,s,!1,["encrypt","decrypt"])}}async function Ae(e,{salt:t,cost:r}){let{scryptAsync:a}=await q(()=>import("./part-B6YL5TZJ.js")),n={N:2**r,r:8,p:1,dkLen:j,maxmem:2**31};return f(await a(y(e),t,n))}function Te({madeAt:e,certificates:t}){let r=JSON.stringify({made_at:Y(e),certificates:t.map(n=>({certificate:v(n.certificate),encrypted_key:v(n.encryptedKey),...n.kmCertificate&&n.encryptedKmKey&&{km_certificate:v(n.kmCertificate),encrypted_km_key:v(n.encryptedKmKey)},chain:n.chain.map(v),local_name:n.localName,server_id:n.serverId}))}),a=y(r);return m(a,new Uint8Array($-a.length%$).fill(32))}function Se(e){let t=H(e);Ce(t);let{made_at:r,certificates:a}=JSON.parse(t);if(!Array.isArray(a)||a.length>W)throw new TypeError("certificates");return{madeAt:Ie(r),certificates:a.map(Ne)}}function Ce(e){let t=[],r="";for(let[a]of e.matchAll(fe)){if((a==="{"||a==="[")&&t.push(new Set),(a==="}"||a==="]")&&t.pop(),t.length>ye)throw new TypeError("depth");if(a===":"){let n=t[t.length-1],o=JSON.parse(r);if(n.has(o))throw new TypeError("a name twice");n.add(o)}r=a}}function Ie(e){let t=I(e),r=new Date(t);if(!ge.test(t)||Y(r)!==t)throw new TypeError("made_at");return r}var Y=e=>`${e.toISOString().slice(0,19)}Z`;function Ne(e){let{km_certificate:t,encrypted_km_key:r,chain:a}=e;if(t===void 0!=(r===void 0))throw new TypeError("km");if(!Array.isArray(a)||a.length>10)throw new TypeError("chain");return{certificate:x(e.certificate),encryptedKey:x(e.encrypted_key),...t!==void 0&&{kmCertificate:x(t),encryptedKmKey:x(r)},chain:a.map(x),localName:I(e.local_name),serverId:I(e.server_id)}}function x(e){let t=R(I(e,pe));if(t.length===0)throw new TypeError("octets");return t}function I(e,t=100){if(typeof e!="string"||e.length>t)throw new TypeError("text");return e}var _=Object.freeze(`
academic acid acne acquire acrobat activity actress adapt adequate adjust admit
adorn adult advance advocate afraid again agency agree aide aircraft airline
airport ajar alarm album alcohol alien alive alpha already alto aluminum always
amazing ambition amount amuse analysis anatomy ancestor ancient angel angry animal
answer antenna anxiety apart aquatic arcade arena argue armed artist artwork aspect
auction august aunt average aviation avoid award away axis axle beam beard beaver
become bedroom behavior being believe belong benefit best beyond bike biology
birthday bishop black blanket blessing blimp blind blue body bolt boring born both
boundary bracelet branch brave breathe briefing broken brother browser bucket
budget building bulb bulge bumpy bundle burden burning busy buyer cage calcium
camera campus canyon capacity capital capture carbon cards careful cargo carpet
carve category cause ceiling center ceramic champion change charity check chemical
chest chew chubby cinema civil class clay cleanup client climate clinic clock clogs
closet clothes club cluster coal coastal coding column company corner costume
counter course cover cowboy cradle craft crazy credit cricket criminal crisis
critical crowd crucial crunch crush crystal cubic cultural curious curly custody
cylinder daisy damage dance darkness database daughter deadline deal debris debut
decent decision declare decorate decrease deliver demand density deny depart depend
depict deploy describe desert desire desktop destroy detailed detect device devote
diagnose dictate diet dilemma diminish dining diploma disaster discuss disease dish
dismiss display distance dive divorce document domain domestic dominant dough
downtown dragon dramatic dream dress drift drink drove drug dryer duckling duke
duration dwarf dynamic early earth easel easy echo eclipse ecology edge editor
educate either elbow elder election elegant element elephant elevator elite else
email emerald emission emperor emphasis employer empty ending endless endorse enemy
energy enforce engage enjoy enlarge entrance envelope envy epidemic episode
equation equip eraser erode escape estate estimate evaluate evening evidence evil
evoke exact example exceed exchange exclude excuse execute exercise exhaust exotic
expand expect explain express extend extra eyebrow facility fact failure faint fake
false family famous fancy fangs fantasy fatal fatigue favorite fawn fiber fiction
filter finance findings finger firefly firm fiscal fishing fitness flame flash
flavor flea flexible flip float floral fluff focus forbid force forecast forget
formal fortune forward founder fraction fragment frequent freshman friar fridge
friendly frost froth frozen fumes funding furl fused galaxy game garbage garden
garlic gasoline gather general genius genre genuine geology gesture glad glance
glasses glen glimpse goat golden graduate grant grasp gravity gray greatest grief
grill grin grocery gross group grownup grumpy guard guest guilt guitar gums hairy
hamster hand hanger harvest have havoc hawk hazard headset health hearing heat
helpful herald herd hesitate hobo holiday holy home hormone hospital hour huge
human humidity hunting husband hush husky hybrid idea identify idle image impact
imply improve impulse include income increase index indicate industry infant inform
inherit injury inmate insect inside install intend intimate invasion involve iris
island isolate item ivory jacket jerky jewelry join judicial juice jump junction
junior junk jury justice kernel keyboard kidney kind kitchen knife knit laden ladle
ladybug lair lamp language large laser laundry lawsuit leader leaf learn leaves
lecture legal legend legs lend length level liberty library license lift likely
lilac lily lips liquid listen literary living lizard loan lobe location losing loud
loyalty luck lunar lunch lungs luxury lying lyrics machine magazine maiden mailman
main makeup making mama manager mandate mansion manual marathon march market marvel
mason material math maximum mayor meaning medal medical member memory mental
merchant merit method metric midst mild military mineral minister miracle mixed
mixture mobile modern modify moisture moment morning mortgage mother mountain mouse
move much mule multiple muscle museum music mustang nail national necklace negative
nervous network news nuclear numb numerous nylon oasis obesity object observe
obtain ocean often olympic omit oral orange orbit order ordinary organize ounce
oven overall owner paces pacific package paid painting pajamas pancake pants papa
paper parcel parking party patent patrol payment payroll peaceful peanut peasant
pecan penalty pencil percent perfect permit petition phantom pharmacy photo phrase
physics pickup picture piece pile pink pipeline pistol pitch plains plan plastic
platform playoff pleasure plot plunge practice prayer preach predator pregnant
premium prepare presence prevent priest primary priority prisoner privacy prize
problem process profile program promise prospect provide prune public pulse pumps
punish puny pupal purchase purple python quantity quarter quick quiet race racism
radar railroad rainbow raisin random ranked rapids raspy reaction realize rebound
rebuild recall receiver recover regret regular reject relate remember remind remove
render repair repeat replace require rescue research resident response result
retailer retreat reunion revenue review reward rhyme rhythm rich rival river robin
rocky romantic romp roster round royal ruin ruler rumor sack safari salary salon
salt satisfy satoshi saver says scandal scared scatter scene scholar science scout
scramble screw script scroll seafood season secret security segment senior shadow
shaft shame shaped sharp shelter sheriff short should shrimp sidewalk silent silver
similar simple single sister skin skunk slap slavery sled slice slim slow slush
smart smear smell smirk smith smoking smug snake snapshot sniff society software
soldier solution soul source space spark speak species spelling spend spew spider
spill spine spirit spit spray sprinkle square squeeze stadium staff standard
starting station stay steady step stick stilt story strategy strike style subject
submit sugar suitable sunlight superior surface surprise survive sweater swimming
swing switch symbolic sympathy syndrome system tackle tactics tadpole talent task
taste taught taxi teacher teammate teaspoon temple tenant tendency tension terminal
testify texture thank that theater theory therapy thorn threaten thumb thunder
ticket tidy timber timely ting tofu together tolerate total toxic tracks traffic
training transfer trash traveler treat trend trial tricycle trip triumph trouble
true trust twice twin type typical ugly ultimate umbrella uncover undergo unfair
unfold unhappy union universe unkind unknown unusual unwrap upgrade upstairs
username usher usual valid valuable vampire vanish various vegan velvet venture
verdict verify very veteran vexed victim video view vintage violence viral visitor
visual vitamins vocal voice volume voter voting walnut warmth warn watch wavy
wealthy weapon webcam welcome welfare western width wildlife window wine wireless
wisdom withdraw wits wolf woman work worthy wrap wrist writing wrote year yelp
yield yoga zero
`.trim().split(/\s+/));var g=10,J=3,Oe=7,Me=20,Ke=59,O=4,V=254,Z=255,je=4,Be=1e4,De=5,Re=16,h=class extends T{constructor(t,{word:r=0}={}){super(t),this.word=r}};async function ct(e,{threshold:t,count:r,random:a}){if(t<2||t>r||r>Re)throw new RangeError("sheets");if(e.length<16||e.length%2)throw new RangeError("secret");let[n,o]=a(2),s={identifier:(n<<8|o)&32767,isExtendable:!0,iterationExponent:0,groupIndex:0,groupThreshold:1,groupCount:1,threshold:t},l=await ae(e,s,[0,1,2,3],""),c=a(e.length-O),d=await re(c,l),w=[...Array.from({length:t-2},(k,b)=>({x:b,y:a(e.length)})),{x:V,y:m(d,c)},{x:Z,y:l}];return Array.from({length:r},(k,b)=>qe({...s,index:b,value:D(w,b)}))}async function lt(e,t=""){let r=e.map(ze),[a]=r;if(a===void 0)throw new h("sheets_too_few");if(r.some(l=>F(l)!==F(a)))throw new h("sheet_other_set");let n=We(r);if(n.size<a.groupThreshold)throw new h("sheets_too_few");if(n.size>a.groupThreshold)throw new h("sheets_wrong");let o=[];for(let[l,c]of n)o.push({x:l,y:await Ge(c)});let s=await te(o,a.groupThreshold);return ae(s,a,[3,2,1,0],t)}function ze(e){let t=Ue(e);if(t.length<Me||t.length>Ke)throw new h("sheet_length");let r=g*(t.length-Oe)%16;if(r>8)throw new h("sheet_length");let a=t[0]<<g|t[1],n=(a>>4&1)===1;if(ee([...Q(n),...t])!==1)throw new h("sheet_checksum");let o=t[2]<<g|t[3],s=p=>o>>p&15,[l,c]=[s(12)+1,s(8)+1];if(l>c)throw new h("sheet_form");let d=a&15;if(d>De)throw new h("sheet_form");return{identifier:a>>5,isExtendable:n,iterationExponent:d,groupIndex:s(16),groupThreshold:l,groupCount:c,index:s(4),threshold:s(0)+1,value:Le(t.slice(4,-J),r)}}function He(e){let t=e.toLowerCase();if(_.includes(t))return t;let r=t.length<4?[]:_.filter(a=>a.startsWith(t));return r.length===1?r[0]:null}function Ue(e){return e.normalize("NFKC").split(/[^\p{L}]+/u).filter(Boolean).map((r,a)=>{let n=He(r);if(n===null)throw new h("sheet_words",{word:a+1});return _.indexOf(n)})}function Le(e,t){let r=0n;for(let o of e)r=r<<BigInt(g)|BigInt(o);let a=e.length*g-t;if(r>>BigInt(a))throw new h("sheet_form");let n=new Uint8Array(a/8);for(let o=n.length-1;o>=0;o-=1)n[o]=Number(r&0xffn),r>>=8n;return n}function qe(e){let t=e.identifier<<5|Number(e.isExtendable)<<4|e.iterationExponent,r=[e.groupIndex,e.groupThreshold-1,e.groupCount-1,e.index,e.threshold-1].reduce((c,d)=>c<<4|d,0),a=0n;for(let c of e.value)a=a<<8n|BigInt(c);let n=Math.ceil(e.value.length*8/g),o=Array.from({length:n},(c,d)=>Number(a>>BigInt(g*(n-1-d))&1023n)),l=[...[t>>g,t&1023,r>>g,r&1023],...o];return[...l,...$e(l,e.isExtendable)].map(c=>_[c]).join(" ")}var Q=e=>y(e?"shamir_extendable":"shamir");function $e(e,t){let r=Array.from({length:J},()=>0),a=ee([...Q(t),...e,...r])^1;return[2,1,0].map(n=>a>>g*n&1023)}var Xe=[14737472,29474944,58949888,117899776,235798537,470557714,940076068,814808136,565311632,66318624];function ee(e){let t=1;for(let r of e){let a=t>>>20;t=(t&1048575)<<10^r;for(let n=0;n<10;n+=1)a>>n&1&&(t^=Xe[n])}return t}var F=e=>[e.identifier,e.isExtendable,e.iterationExponent,e.groupThreshold,e.groupCount,e.value.length].join();function We(e){let t=new Map;for(let r of e)t.set(r.groupIndex,[...t.get(r.groupIndex)??[],r]);return t}async function Ge(e){let[{threshold:t}]=e;if(e.some(a=>a.threshold!==t))throw new h("sheet_other_set");if(new Set(e.map(({index:a})=>a)).size!==e.length)throw new h("sheet_twice");if(e.length<t)throw new h("sheets_too_few");let r=e.slice(0,t).map(({index:a,value:n})=>({x:a,y:n}));return te(r,t)}async function te(e,t){if(t===1)return e[0].y;let r=D(e,Z),a=D(e,V),n=await re(a.slice(O),r);if(!A(a.slice(0,O),n))throw new h("sheets_wrong");return r}async function re(e,t){let r={name:"HMAC",hash:"SHA-256"},a=await crypto.subtle.importKey("raw",f(e),r,!1,["sign"]),n=await crypto.subtle.sign("HMAC",a,f(t));return new Uint8Array(n).slice(0,O)}async function ae(e,t,r,a){let{identifier:n,isExtendable:o,iterationExponent:s}=t,l=o?new Uint8Array:m(y("shamir"),Uint8Array.of(n>>8,n&255)),c=(Be<<s)/je,d=e.slice(0,e.length/2),p=e.slice(e.length/2);for(let w of r){let k=m(Uint8Array.of(w),y(a)),b=await crypto.subtle.importKey("raw",k,"PBKDF2",!1,["deriveBits"]),E={name:"PBKDF2",hash:"SHA-256",salt:m(l,p),iterations:c},oe=new Uint8Array(await crypto.subtle.deriveBits(E,b,p.length*8));[d,p]=[p,d.map((ie,se)=>ie^oe[se])]}return m(p,d)}var[Pe,N]=Ye();function Ye(){let e=new Uint8Array(255),t=new Uint8Array(256),r=1;for(let a=0;a<255;a+=1)e[a]=r,t[r]=a,r^=r<<1,r&256&&(r^=283);return[e,t]}function D(e,t){let r=e.find(o=>o.x===t);if(r)return r.y;let a=e.reduce((o,s)=>o+N[s.x^t],0),n=new Uint8Array(e[0].y.length);for(let o of e){let s=e.reduce((c,d)=>c+N[o.x^d.x],0),l=((a-N[o.x^t]-s)%255+255)%255;o.y.forEach((c,d)=>{c!==0&&(n[d]^=Pe[(N[c]+l)%255])})}return n}var ne={backup_form:()=>[i("This file is no backup of certificates, or its beginning is damaged."),i("Choose the file that was saved as a backup, or another copy of it.")],backup_newer:()=>[i("A newer version of this page made this backup."),i("Reload this page, or open the page of the centre where it was made.")],backup_work:()=>[i("This backup asks for more work than an honest one. It was not opened."),i("Choose another copy of it.")],backup_large:()=>[i("This is more than a backup holds."),i("Delete certificates that are over, or save some of them as files.")],backup_locked:()=>[i("This does not open the backup."),i("Type it once more. If it is right, the beginning of the file is damaged: use another copy.")],backup_other_sheets:()=>[i("These sheets belong to another backup."),i("Compare the date on the sheets, and take those that were made with this file.")],backup_damaged:()=>[i("What you typed is right, but the file is damaged."),i("Use another copy of the file. Nothing was changed here.")],sheet_words:({word:e})=>[i("Word %(place)s of a sheet is on no sheet.",{place:e}),i("Look at it on the paper. The first four characters of each word are enough.")],sheet_length:()=>[i("A sheet has 20 words; here are fewer or more."),i("Type all words of two sheets, each sheet in its own field.")],sheet_checksum:()=>[i("A word of a sheet is another one, or is in another place."),i("Compare each word with the paper, in the order of the numbers.")],sheet_form:()=>[i("These words are a sheet of another kind."),i("Take the sheets that were made with this backup.")],sheet_other_set:()=>[i("The two sheets do not belong together."),i("Compare the date on them, and take two sheets of one date.")],sheet_twice:()=>[i("The same sheet was typed twice."),i("It takes two different sheets. Type another one into the second field.")],sheets_too_few:()=>[i("It takes two sheets."),i("Type the words of a second sheet too.")],sheets_wrong:()=>[i("Each of these sheets is whole, but together they open nothing."),i("Take the third sheet in place of one of them.")]};function mt(e){let t=U(e);if(!Object.hasOwn(ne,t))return L(e);let[r,a]=ne[t](e);return{code:t,sentence:r,next:a}}export{X as a,Ze as b,Qe as c,et as d,tt as e,rt as f,xe as g,ct as h,lt as i,ze as j,He as k,mt as l};
