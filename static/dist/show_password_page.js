import{e as i}from"./part-2FU4EQMX.js";import"./part-K4SABGCS.js";i();
