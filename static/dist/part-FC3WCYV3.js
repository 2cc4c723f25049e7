import{a as L}from"./part-CKJ2HWIL.js";import{b as f,c as b,d as A,g as v,h as R,i as M,j as z,k as y,l as H}from"./part-Q2VKUV76.js";import{d as q}from"./part-F4STHSMM.js";import{a as T,c as U}from"./part-WMCYYAHD.js";import{b as s}from"./part-FKAXAQYA.js";var X=8*1024*1024,W=200,Ze=16,Qe=Object.freeze({threshold:2,count:3}),ce=17,le=20,de=10,S=`certferry wallet backup
`,K=1,ue=16,C=12,j=32,he=16,$=4096,pe=64*1024,me=1024,fe=/"(?:[^"\\]|\\.)*"|[{}[\]:]/gs,ye=16,ge=/^[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,we=/^mac: ([\w-]{43})$/,be=/^key: scrypt n=(\d{1,2}) r=8 p=1 salt=([\w-]{22})$/,ke=/^key: slip39 set=(\d{1,5}) salt=([\w-]{22})$/,ve=/^version: (\d{1,9})$/,u=class extends T{};async function et(e,t,{random:a,cost:r=ce}){if(e.certificates.length>W)throw new u("backup_large");let n="passphrase"in t,o={kind:n?"passphrase":"sheets",salt:a(ue),cost:n?r:0,identifier:n?0:t.identifier},c=await P(o,t),l=y(_e(o)),i=await crypto.subtle.sign("HMAC",c.header,l),d=f(l,y(`mac: ${M(new Uint8Array(i))}
`)),p=a(C),k={name:"AES-GCM",iv:p,additionalData:d},w=Te(e),m=await crypto.subtle.encrypt(k,c.payload,w),E=f(d,p,new Uint8Array(m));if(E.length>X)throw new u("backup_large");return E}var tt=e=>G(e).header;async function rt(e,t,{signal:a}={}){let{header:r,head:n,whole:o,mac:c,payload:l}=G(e);if("passphrase"in t!=(r.kind==="passphrase"))throw new u("backup_locked");if("identifier"in t&&t.identifier!==r.identifier)throw new u("backup_other_sheets");let i=await P(r,t,a),d=new Uint8Array(await crypto.subtle.sign("HMAC",i.header,n));if(!A(c,d))throw new u("backup_locked");if(l.length<C+he)throw new u("backup_damaged");let k={name:"AES-GCM",iv:l.slice(0,C),additionalData:o};try{let w=l.slice(C),m=await crypto.subtle.decrypt(k,i.payload,w);return Se(new Uint8Array(m))}catch(w){throw new u("backup_damaged",{cause:w})}}var xe=e=>e.normalize("NFC").replace(/^[ \t\r\n\u00A0\u3000]+|[ \t\r\n\u00A0\u3000]+$/g,"");function _e({kind:e,salt:t,cost:a,identifier:r}){let n=e==="passphrase"?`scrypt n=${a} r=8 p=1`:`slip39 set=${r}`;return`${S}version: ${K}
key: ${n} salt=${M(t)}
`}function G(e){if(e.length>X)throw new u("backup_large");let t=Array.from(e.slice(0,me),p=>String.fromCharCode(p)).join("");if(!t.startsWith(S))throw new u("backup_form");let[a="",r="",n=""]=t.slice(S.length).split(`
`,3),o=ve.exec(a)?.[1];if(o===void 0)throw new u("backup_form");if(Number(o)>K)throw new u("backup_newer");let c=we.exec(n)?.[1];if(Number(o)!==K||c===void 0)throw new u("backup_form");let l=Ee(r),i=S.length+a.length+r.length+2,d=i+n.length+1;if(t[d-1]!==`
`)throw new u("backup_form");return{header:l,head:b(e.slice(0,i)),whole:b(e.slice(0,d)),mac:B(c),payload:b(e.slice(d))}}function Ee(e){let t=be.exec(e);if(t){let n=Number(t[1]);if(n<de||n>le)throw new u("backup_work");return{kind:"passphrase",salt:B(t[2]),cost:n,identifier:0}}let a=ke.exec(e),r=Number(a?.[1]??NaN);if(a===null||!(r<2**15))throw new u("backup_form");return{kind:"sheets",salt:B(a[2]),cost:0,identifier:r}}function B(e){try{return z(e)}catch{throw new u("backup_form")}}async function P(e,t,a){let r="passphrase"in t?await Ae(xe(t.passphrase),e,a):b(t.secret),n=await crypto.subtle.importKey("raw",r,"HKDF",!1,["deriveKey"]);r.fill(0);let o=i=>({name:"HKDF",hash:"SHA-256",salt:b(e.salt),info:y(`certferry backup 1 ${i}`)}),c={name:"HMAC",hash:"SHA-256",length:j*8},l={name:"AES-GCM",length:j*8};return{header:await crypto.subtle.deriveKey(o("header"),n,c,!1,["sign"]),payload:await crypto.subtle.deriveKey(o("payload"),n,l,!1,["encrypt","decrypt"])}}async function Ae(e,{salt:t,cost:a},r){let{deriveSlowly:n}=await L(()=>import("./part-LREXUFYI.js")),o={n:2**a,r:8,p:1,size:j};return n({kdf:"scrypt",secret:y(e),salt:t,...o},r)}function Te({madeAt:e,certificates:t}){let a=JSON.stringify({made_at:Y(e),certificates:t.map(n=>({certificate:v(n.certificate),encrypted_key:v(n.encryptedKey),...n.kmCertificate&&n.encryptedKmKey&&{km_certificate:v(n.kmCertificate),encrypted_km_key:v(n.encryptedKmKey)},chain:n.chain.map(v),local_name:n.localName,server_id:n.serverId}))}),r=y(a);return f(r,new Uint8Array($-r.length%$).fill(32))}function Se(e){let t=H(e);Ce(t);let{made_at:a,certificates:r}=JSON.parse(t);if(!Array.isArray(r)||r.length>W)throw new TypeError("certificates");return{madeAt:Ie(a),certificates:r.map(Ne)}}function Ce(e){let t=[],a="";for(let[r]of e.matchAll(fe)){if((r==="{"||r==="[")&&t.push(new Set),(r==="}"||r==="]")&&t.pop(),t.length>ye)throw new TypeError("depth");if(r===":"){let n=t[t.length-1],o=JSON.parse(a);if(n.has(o))throw new TypeError("a name twice");n.add(o)}a=r}}function Ie(e){let t=I(e),a=new Date(t);if(!ge.test(t)||Y(a)!==t)throw new TypeError("made_at");return a}var Y=e=>`${e.toISOString().slice(0,19)}Z`;function Ne(e){let{km_certificate:t,encrypted_km_key:a,chain:r}=e;if(t===void 0!=(a===void 0))throw new TypeError("km");if(!Array.isArray(r)||r.length>10)throw new TypeError("chain");return{certificate:x(e.certificate),encryptedKey:x(e.encrypted_key),...t!==void 0&&{kmCertificate:x(t),encryptedKmKey:x(a)},chain:r.map(x),localName:I(e.local_name),serverId:I(e.server_id)}}function x(e){let t=R(I(e,pe));if(t.length===0)throw new TypeError("octets");return t}function I(e,t=100){if(typeof e!="string"||e.length>t)throw new TypeError("text");return e}var _=Object.freeze(`
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
`.trim().split(/\s+/));var g=10,J=3,Oe=7,Me=20,Ke=59,O=4,V=254,Z=255,je=4,Be=1e4,De=5,Re=16,h=class extends T{constructor(t,{word:a=0}={}){super(t),this.word=a}};async function ct(e,{threshold:t,count:a,random:r}){if(t<2||t>a||a>Re)throw new RangeError("sheets");if(e.length<16||e.length%2)throw new RangeError("secret");let[n,o]=r(2),c={identifier:(n<<8|o)&32767,isExtendable:!0,iterationExponent:0,groupIndex:0,groupThreshold:1,groupCount:1,threshold:t},l=await ae(e,c,[0,1,2,3],""),i=r(e.length-O),d=await re(i,l),k=[...Array.from({length:t-2},(w,m)=>({x:m,y:r(e.length)})),{x:V,y:f(d,i)},{x:Z,y:l}];return Array.from({length:a},(w,m)=>Le({...c,index:m,value:D(k,m)}))}async function lt(e,t=""){let a=e.map(ze),[r]=a;if(r===void 0)throw new h("sheets_too_few");if(a.some(l=>F(l)!==F(r)))throw new h("sheet_other_set");let n=We(a);if(n.size<r.groupThreshold)throw new h("sheets_too_few");if(n.size>r.groupThreshold)throw new h("sheets_wrong");let o=[];for(let[l,i]of n)o.push({x:l,y:await Ge(i)});let c=await te(o,r.groupThreshold);return ae(c,r,[3,2,1,0],t)}function ze(e){let t=Ue(e);if(t.length<Me||t.length>Ke)throw new h("sheet_length");let a=g*(t.length-Oe)%16;if(a>8)throw new h("sheet_length");let r=t[0]<<g|t[1],n=(r>>4&1)===1;if(ee([...Q(n),...t])!==1)throw new h("sheet_checksum");let o=t[2]<<g|t[3],c=p=>o>>p&15,[l,i]=[c(12)+1,c(8)+1];if(l>i)throw new h("sheet_form");let d=r&15;if(d>De)throw new h("sheet_form");return{identifier:r>>5,isExtendable:n,iterationExponent:d,groupIndex:c(16),groupThreshold:l,groupCount:i,index:c(4),threshold:c(0)+1,value:qe(t.slice(4,-J),a)}}function He(e){let t=e.toLowerCase();if(_.includes(t))return t;let a=t.length<4?[]:_.filter(r=>r.startsWith(t));return a.length===1?a[0]:null}function Ue(e){return e.normalize("NFKC").split(/[^\p{L}]+/u).filter(Boolean).map((a,r)=>{let n=He(a);if(n===null)throw new h("sheet_words",{word:r+1});return _.indexOf(n)})}function qe(e,t){let a=0n;for(let o of e)a=a<<BigInt(g)|BigInt(o);let r=e.length*g-t;if(a>>BigInt(r))throw new h("sheet_form");let n=new Uint8Array(r/8);for(let o=n.length-1;o>=0;o-=1)n[o]=Number(a&0xffn),a>>=8n;return n}function Le(e){let t=e.identifier<<5|Number(e.isExtendable)<<4|e.iterationExponent,a=[e.groupIndex,e.groupThreshold-1,e.groupCount-1,e.index,e.threshold-1].reduce((i,d)=>i<<4|d,0),r=0n;for(let i of e.value)r=r<<8n|BigInt(i);let n=Math.ceil(e.value.length*8/g),o=Array.from({length:n},(i,d)=>Number(r>>BigInt(g*(n-1-d))&1023n)),l=[...[t>>g,t&1023,a>>g,a&1023],...o];return[...l,...$e(l,e.isExtendable)].map(i=>_[i]).join(" ")}var Q=e=>y(e?"shamir_extendable":"shamir");function $e(e,t){let a=Array.from({length:J},()=>0),r=ee([...Q(t),...e,...a])^1;return[2,1,0].map(n=>r>>g*n&1023)}var Xe=[14737472,29474944,58949888,117899776,235798537,470557714,940076068,814808136,565311632,66318624];function ee(e){let t=1;for(let a of e){let r=t>>>20;t=(t&1048575)<<10^a;for(let n=0;n<10;n+=1)r>>n&1&&(t^=Xe[n])}return t}var F=e=>[e.identifier,e.isExtendable,e.iterationExponent,e.groupThreshold,e.groupCount,e.value.length].join();function We(e){let t=new Map;for(let a of e)t.set(a.groupIndex,[...t.get(a.groupIndex)??[],a]);return t}async function Ge(e){let[{threshold:t}]=e;if(e.some(r=>r.threshold!==t))throw new h("sheet_other_set");if(new Set(e.map(({index:r})=>r)).size!==e.length)throw new h("sheet_twice");if(e.length<t)throw new h("sheets_too_few");let a=e.slice(0,t).map(({index:r,value:n})=>({x:r,y:n}));return te(a,t)}async function te(e,t){if(t===1)return e[0].y;let a=D(e,Z),r=D(e,V),n=await re(r.slice(O),a);if(!A(r.slice(0,O),n))throw new h("sheets_wrong");return a}async function re(e,t){let a={name:"HMAC",hash:"SHA-256"},r=await crypto.subtle.importKey("raw",b(e),a,!1,["sign"]),n=await crypto.subtle.sign("HMAC",r,b(t));return new Uint8Array(n).slice(0,O)}async function ae(e,t,a,r){let{identifier:n,isExtendable:o,iterationExponent:c}=t,l=o?new Uint8Array:f(y("shamir"),Uint8Array.of(n>>8,n&255)),i=(Be<<c)/je,d=e.slice(0,e.length/2),p=e.slice(e.length/2);for(let k of a){let w=f(Uint8Array.of(k),y(r)),m=await crypto.subtle.importKey("raw",w,"PBKDF2",!1,["deriveBits"]),E={name:"PBKDF2",hash:"SHA-256",salt:f(l,p),iterations:i},oe=new Uint8Array(await crypto.subtle.deriveBits(E,m,p.length*8));[d,p]=[p,d.map((ie,se)=>ie^oe[se])]}return f(p,d)}var[Pe,N]=Ye();function Ye(){let e=new Uint8Array(255),t=new Uint8Array(256),a=1;for(let r=0;r<255;r+=1)e[r]=a,t[a]=r,a^=a<<1,a&256&&(a^=283);return[e,t]}function D(e,t){let a=e.find(o=>o.x===t);if(a)return a.y;let r=e.reduce((o,c)=>o+N[c.x^t],0),n=new Uint8Array(e[0].y.length);for(let o of e){let c=e.reduce((i,d)=>i+N[o.x^d.x],0),l=((r-N[o.x^t]-c)%255+255)%255;o.y.forEach((i,d)=>{i!==0&&(n[d]^=Pe[(N[i]+l)%255])})}return n}var ne={backup_form:()=>[s("This file is no backup of certificates, or its beginning is damaged."),s("Choose the file that was saved as a backup, or another copy of it.")],backup_newer:()=>[s("A newer version of this page made this backup."),s("Reload this page, or open the page of the centre where it was made.")],backup_work:()=>[s("This backup asks for more work than an honest one. It was not opened."),s("Choose another copy of it.")],backup_large:()=>[s("This is more than a backup holds."),s("Delete certificates that are over, or save some of them as files.")],backup_locked:()=>[s("This does not open the backup."),s("Type it once more. If it is right, the beginning of the file is damaged: use another copy.")],backup_other_sheets:()=>[s("These sheets belong to another backup."),s("Compare the date on the sheets, and take those that were made with this file.")],backup_damaged:()=>[s("What you typed is right, but the file is damaged."),s("Use another copy of the file. Nothing was changed here.")],sheet_words:({word:e})=>[s("Word %(place)s of a sheet is on no sheet.",{place:e}),s("Look at it on the paper. The first four characters of each word are enough.")],sheet_length:()=>[s("A sheet has 20 words; here are fewer or more."),s("Type all words of two sheets, each sheet in its own field.")],sheet_checksum:()=>[s("A word of a sheet is another one, or is in another place."),s("Compare each word with the paper, in the order of the numbers.")],sheet_form:()=>[s("These words are a sheet of another kind."),s("Take the sheets that were made with this backup.")],sheet_other_set:()=>[s("The two sheets do not belong together."),s("Compare the date on them, and take two sheets of one date.")],sheet_twice:()=>[s("The same sheet was typed twice."),s("It takes two different sheets. Type another one into the second field.")],sheets_too_few:()=>[s("It takes two sheets."),s("Type the words of a second sheet too.")],sheets_wrong:()=>[s("Each of these sheets is whole, but together they open nothing."),s("Take the third sheet in place of one of them.")]};function mt(e){let t=U(e);if(!Object.hasOwn(ne,t))return q(e);let[a,r]=ne[t](e);return{code:t,sentence:a,next:r}}export{X as a,Ze as b,Qe as c,et as d,tt as e,rt as f,xe as g,ct as h,lt as i,ze as j,He as k,mt as l};
