import{a as s}from"./part-F2SSUIRN.js";import"./part-WIWPEOXZ.js";import"./part-MWMQJXLP.js";import{f as t,l as i}from"./part-LHD2FM22.js";import"./part-K4SABGCS.js";t();s(i("passkey"));
