"""Refused uploads in one session of python3-requests, each with an ordinary call behind it: prints the statuses."""
import json
import sys
import requests

url, token = sys.argv[1:]
MEGABYTE = b'\0' * 1024 * 1024


def chunks(count):
    for _ in range(count):
        yield MEGABYTE


session = requests.Session()
session.headers['Authorization'] = 'Bearer ' + token
told = []
for body in (b'\0' * 100_000, b'\0' * 8 * 1024 * 1024, chunks(80)):
    refused = session.put(url + '/api/v1/hosts/local/containers/nothing/files?path=/tmp', data=body, headers={'Content-Type': 'application/x-tar'})
    told.append([refused.status_code, refused.json()['code'], refused.headers.get('Connection')])
    told.append([session.get(url + '/api/v1/auth/me').status_code])
print(json.dumps(told))
