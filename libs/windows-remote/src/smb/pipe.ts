/** A named pipe in message mode: the seam between the SMB session and DCE/RPC. */
export interface Pipe {
  /** FSCTL_PIPE_TRANSCEIVE; a reply longer than `maxReplyBytes` is completed by READs, up to the pipe's message limit. */
  transact(data: Buffer, options?: { maxReplyBytes?: number }): Promise<Buffer>;
  /** Resolves when the server has acknowledged the write. */
  write(data: Buffer): Promise<void>;
  /** One message, or its first `maxBytes` bytes: the rest comes with the next read. */
  read(maxBytes: number): Promise<Buffer>;
  /** The CLOSE is sent and its answer waited for; closing a closed pipe does nothing. */
  close(): Promise<void>;
}

/** `reply` is the answer to the first write when one was given: pipe and bind cost one flight. */
export interface OpenedPipe {
  pipe: Pipe;
  reply: Buffer | undefined;
}
