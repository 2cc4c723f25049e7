import{a as i}from"./part-A2IWVYGQ.js";import"./part-FKAXAQYA.js";import"./part-GXQZELCF.js";import"./part-K4SABGCS.js";i();
