import sys

CODE = 0
print("migrating" if CODE == 0 else 'ERROR: syntax error at or near "CREAT"')
sys.exit(CODE)
