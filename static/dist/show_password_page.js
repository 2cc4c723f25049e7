import{e as i}from"./part-PITFQ4HR.js";import"./part-K4SABGCS.js";i();
