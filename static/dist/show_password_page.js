import{e as i}from"./part-GFWJH4OZ.js";import"./part-K4SABGCS.js";i();
