import{a as s}from"./part-DWYCNVLZ.js";import"./part-NFNVH4RQ.js";import"./part-MWMQJXLP.js";import{f as t,l as i}from"./part-GFWJH4OZ.js";import"./part-K4SABGCS.js";t();s(i("passkey"));
