//! The body of an answer: one that is here as a whole, or one that comes piece by piece.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use outcrop_sync::http::ChunkBody;

use crate::cgi::Fed;

/// The body of an answer of a [`Gateway`](super::Gateway). Its length is known in either form.
#[derive(Debug)]
pub struct PageBody(Form);

#[derive(Debug)]
enum Form {
    Whole(ChunkBody),
    Coming(Fed),
}

impl From<ChunkBody> for PageBody {
    fn from(body: ChunkBody) -> Self {
        Self(Form::Whole(body))
    }
}

impl From<Fed> for PageBody {
    fn from(body: Fed) -> Self {
        Self(Form::Coming(body))
    }
}

impl Body for PageBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match &mut self.0 {
            Form::Whole(body) => Pin::new(body)
                .poll_frame(cx)
                .map(|frame| frame.map(|frame| frame.map_err(|never| match never {}))),
            Form::Coming(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Form::Whole(body) => body.is_end_stream(),
            Form::Coming(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Form::Whole(body) => body.size_hint(),
            Form::Coming(body) => body.size_hint(),
        }
    }
}
