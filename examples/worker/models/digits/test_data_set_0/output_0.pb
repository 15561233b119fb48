
BprobabilitiesJ(O-S0Στη7½‰Β9μω¥;#QΓ2<άΕ9Εd,¶«•8ίfY6K|~?