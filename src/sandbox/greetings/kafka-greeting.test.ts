import { expect, test } from 'vitest';

import { loginRequests, metadataRequest, parseMetadata } from './kafka-greeting.js';

const BODY = [
  // Correlation id, one broker: node 1 at 127.0.0.1:9092 without a rack.
  '00000007 00000001 00000001 0009 3132372e302e302e31 00002384 ffff',
  // Cluster id "abc", controller 1, no topics.
  '0003 616263 00000001 00000000',
].join('');

test('the request is Metadata, version 2, for no topic', () => {
  expect(metadataRequest().toString('hex')).toBe(
    bytes('00000017 0003 0002 00000007 0009 7461626c657069636b 00000000').toString('hex'),
  );
});

test('a login is a handshake, version 1, and the password, version 0', () => {
  expect(loginRequests({ name: 'me', password: 'no' }).map((each) => each.toString('hex'))).toEqual([
    bytes('0000001a 0011 0001 00000007 0009 7461626c657069636b 0005 504c41494e').toString('hex'),
    bytes('0000001d 0024 0000 00000007 0009 7461626c657069636b 00000006 00 6d65 00 6e6f').toString('hex'),
  ]);
});

test('the answer tells brokers and cluster', () => {
  expect(parseMetadata(framed(BODY))).toEqual({ clusterId: 'abc', brokers: [{ host: '127.0.0.1', port: 9092 }] });
});

test('a node that has no broker yet, and one without an id, say so', () => {
  expect(parseMetadata(framed('00000007 00000000 0003 616263 ffffffff 00000000'))).toEqual({
    clusterId: 'abc',
    brokers: [],
  });
  expect(parseMetadata(framed('00000007 00000000 ffff ffffffff 00000000'))).toEqual({
    clusterId: undefined,
    brokers: [],
  });
});

test('an answer to something else, one cut short anywhere, another protocol and silence are no greeting', () => {
  expect(parseMetadata(framed(BODY.replace('00000007', '00000008')))).toBeUndefined();
  const untilClusterId = bytes(BODY).length - 8;
  for (let length = 0; length < untilClusterId; length += 1) {
    expect(parseMetadata(framed(bytes(BODY).subarray(0, length).toString('hex')))).toBeUndefined();
  }
  expect(parseMetadata(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))).toBeUndefined();
  expect(parseMetadata(framed('00000007 ffffffff'))).toBeUndefined();
  expect(parseMetadata(framed('00000007 7fffffff'))).toBeUndefined();
  expect(parseMetadata(Buffer.alloc(0))).toBeUndefined();
});

function framed(hex: string): Buffer {
  const body = bytes(hex);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}
